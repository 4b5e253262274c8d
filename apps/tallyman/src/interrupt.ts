/** Turns the first Ctrl-C, or request to end, into an abort, so that what was done so far can be shown. The second ends the program at once. */
export function interruptible(): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  const onSignal = (): void => {
    controller.abort();
    stop();
  };
  const stop = (): void => {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return { signal: controller.signal, stop };
}
