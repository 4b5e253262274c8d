import type { KernelEvent } from "@tallyman/session-model";
import type { RunningSource } from "../sources/source.ts";

type Kind = KernelEvent["kind"];
type EventOf<K extends Kind, E = KernelEvent> = E extends { kind: Kind }
  ? K extends E["kind"]
    ? E
    : never
  : never;

/** Reads everything that a source reports, for a test to wait for what it expects. */
export class Observation {
  readonly events: KernelEvent[] = [];
  readonly #source: RunningSource;
  readonly #reading: Promise<void>;
  #changed = () => {};

  constructor(source: RunningSource) {
    this.#source = source;
    this.#reading = this.#read();
  }

  /** The first event of a kind that fulfils a condition; rejects when the source ends without one. A test's time limit is the limit. */
  async first<K extends Kind>(kind: K, fulfils: (event: EventOf<K>) => boolean): Promise<EventOf<K>> {
    for (let seen = 0; ; ) {
      for (; seen < this.events.length; seen++) {
        const event = this.events[seen] as KernelEvent;
        if (event.kind === kind && fulfils(event as EventOf<K>)) return event as EventOf<K>;
      }
      const changed = new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
      const ended = this.#reading.then(() => {
        if (seen === this.events.length)
          throw new Error(`the source ended without the ${kind} that was expected`);
      });
      await Promise.race([changed, ended]);
    }
  }

  all<K extends Kind>(kind: K, fulfils: (event: EventOf<K>) => boolean): EventOf<K>[] {
    return this.events.filter(
      (event): event is EventOf<K> => event.kind === kind && fulfils(event as EventOf<K>),
    );
  }

  /** What processes report, and the lost event, are of one stream: all that came before the end is there when this resolves. */
  async stop(): Promise<void> {
    await this.#source.stop();
    await this.#reading;
  }

  async #read(): Promise<void> {
    for await (const batch of this.#source.events()) {
      this.events.push(...batch);
      this.#changed();
    }
  }
}
