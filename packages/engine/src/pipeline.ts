import type { Engine } from "./engine.ts";
import type { IncomingEvent } from "./incoming-event.ts";
import type { AlertSink } from "./ports/alert-sink.ts";

/** Where events come from: batches in the order in which they are to be processed. */
export type EventSource = AsyncIterable<readonly IncomingEvent[]>;

/**
 * Carries every event of the source through the engine, and every alert to the sink; at the end also the present state of alerts in which others
 * were counted. Ends with the source, or with what it or the sink throws.
 */
export async function runPipeline(
  source: EventSource,
  engine: Pick<Engine, "process" | "flush">,
  sink: AlertSink,
): Promise<void> {
  for await (const batch of source) {
    for (const event of batch) {
      for (const alert of engine.process(event)) sink.write(alert);
    }
  }
  for (const alert of engine.flush()) sink.write(alert);
}

/** Lets the engine learn from every event of the source. */
export async function learnFrom(source: EventSource, engine: Pick<Engine, "learn">): Promise<void> {
  for await (const batch of source) {
    for (const event of batch) engine.learn(event);
  }
}
