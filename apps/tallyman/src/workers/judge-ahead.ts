import type { InputEvent } from "../input/input-event.ts";
import type { Verdicts } from "./judge-pool.ts";

/** Whoever judges batches: some at a time, each in a while. */
export interface Judges {
  judge(events: readonly InputEvent[]): Promise<Verdicts>;
  /** So many batches are given at a time at most. */
  readonly batchesMax: number;
}

/** How many bytes of events wait for their judges, or to be handed on after that, before no more are asked for. */
const aheadBytesMax = 2 ** 24;

/**
 * Hands on batches of events in their order, each when it was judged, and meanwhile has those behind it judged. Events are valid until the next batch
 * is asked for, and are released then.
 *
 * @param stop Ends the batches, also where they wait for a pipe: called when nobody asks for more.
 */
export async function* judgeAhead(
  batches: AsyncIterable<InputEvent[]>,
  judges: Judges,
  stop: () => void,
): AsyncGenerator<InputEvent[]> {
  const input = batches[Symbol.asyncIterator]();
  const ahead: Job[] = [];
  let aheadBytes = 0;
  let asked: Promise<Next> | undefined = input.next();
  try {
    for (;;) {
      const [first] = ahead;
      if (asked !== undefined && ahead.length < judges.batchesMax && aheadBytes < aheadBytesMax) {
        // A pipe may stay silent for long, while what it said before is judged.
        const next: Next | undefined = await (first === undefined
          ? asked
          : Promise.race([asked, first.judged]));
        if (next !== undefined) {
          asked = next.done === true ? undefined : input.next();
          if (next.done !== true) {
            const job = new Job(next.value, judges);
            ahead.push(job);
            aheadBytes += job.byteCount;
          }
          continue;
        }
      }
      if (first === undefined) return;
      await first.judged;
      yield first.events;
      ahead.shift();
      aheadBytes -= first.byteCount;
      release(first);
    }
  } finally {
    stop();
    for (const job of ahead) release(job);
    await input.return?.();
  }
}

type Next = IteratorResult<InputEvent[]>;

class Job {
  readonly events: InputEvent[];
  readonly byteCount: number;
  /** When its events have the verdicts that there are. */
  readonly judged: Promise<undefined>;

  constructor(events: InputEvent[], judges: Judges) {
    this.events = events;
    this.byteCount = events.reduce((sum, { byteCount }) => sum + byteCount, 0);
    this.judged = judges.judge(events).then((verdicts) => {
      for (const [i, event] of events.entries()) event.verdict = verdicts[i];
      return undefined;
    });
  }
}

function release({ events }: Job): void {
  for (const event of events) event.release?.();
}
