/**
 * Turns the first Ctrl-C, or request to end, into an abort, so that what was done so far can be shown. The second ends the program at once.
 *
 * @param afterMs When it ends by itself; never when it is undefined.
 */
export function interruptible(afterMs?: number): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  const onSignal = (): void => {
    controller.abort();
    stop();
  };
  const timer = afterMs === undefined ? undefined : setTimeout(onSignal, afterMs);
  const stop = (): void => {
    clearTimeout(timer);
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return { signal: controller.signal, stop };
}
