import { setImmediate as nextTurn } from "node:timers/promises";

/** How long events are processed before others get their turn. */
const turnMs = 10;

/** Hands batches on, and between two of them lets signals, timers and sinks have their turn, however fast more come. */
export async function* withTurns<T>(batches: AsyncIterable<T>): AsyncGenerator<T, void> {
  let turnUntilMs = performance.now() + turnMs;
  for await (const batch of batches) {
    yield batch;
    if (performance.now() <= turnUntilMs) continue;
    await nextTurn();
    turnUntilMs = performance.now() + turnMs;
  }
}
