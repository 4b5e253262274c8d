/**
 * The same chunks, each asked for while the one before is in use: decompression goes on in another thread meanwhile. A chunk must not
 * use the memory of the one before.
 */
export async function* readAhead(chunks: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  try {
    for (let next = chunks.next(); ; ) {
      const { value, done } = await next;
      if (done) return;
      next = chunks.next();
      // An error is met when its turn comes; until then nobody waits for it.
      next.catch(() => {});
      yield value;
    }
  } finally {
    await chunks.return(undefined);
  }
}
