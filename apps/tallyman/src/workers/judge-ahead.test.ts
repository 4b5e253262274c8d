import fc from "fast-check";
import { expect, test } from "vitest";
import type { InputEvent } from "../input/input-event.ts";
import { type Judges, judgeAhead } from "./judge-ahead.ts";
import type { Verdicts } from "./judge-pool.ts";

interface NumberedEvent extends InputEvent {
  readonly number: number;
  released: number;
}

function eventOf(number: number): NumberedEvent {
  return {
    number,
    released: 0,
    document: {},
    index: undefined,
    id: undefined,
    text: undefined,
    byteCount: 2,
    timestamp: undefined,
    late: false,
    origin: { file: "-", line: number },
    release() {
      this.released += 1;
    },
  };
}

/** A verdict that tells which event it is on. */
function verdictOn({ number }: NumberedEvent): Verdicts[number] {
  return { conditionsFrom: number } as Verdicts[number];
}

/** Waits for so many turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

test("events come in their order with their own verdicts, however long each batch takes", async () => {
  const batch = fc.record({
    size: fc.integer({ min: 1, max: 4 }),
    reads: fc.nat(3),
    takes: fc.nat(5),
    fails: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(batch, { maxLength: 12 }),
      fc.integer({ min: 1, max: 6 }),
      async (plan, batchesMax) => {
        const all: NumberedEvent[] = [];
        async function* input(): AsyncGenerator<InputEvent[]> {
          for (const { reads, size } of plan) {
            await turns(reads);
            const events = Array.from({ length: size }, (_, i) => eventOf(all.length + i));
            all.push(...events);
            yield events;
          }
        }
        let given = 0;
        let atWork = 0;
        const judges: Judges = {
          batchesMax,
          async judge(events) {
            const { fails, takes } = plan[given] as (typeof plan)[number];
            given += 1;
            atWork += 1;
            expect(atWork).toBeLessThanOrEqual(batchesMax);
            await turns(takes);
            atWork -= 1;
            return fails ? [] : (events as readonly NumberedEvent[]).map(verdictOn);
          },
        };
        const numbers: number[] = [];
        const sizes: number[] = [];
        for await (const events of judgeAhead(input(), judges, () => {})) {
          for (const event of events as unknown as readonly NumberedEvent[]) {
            const isJudged = plan[sizes.length]?.fails === false;
            expect(event.verdict?.conditionsFrom).toBe(isJudged ? event.number : undefined);
            expect(event.released).toBe(0);
            numbers.push(event.number);
          }
          sizes.push(events.length);
        }
        expect(numbers).toEqual(all.map(({ number }) => number));
        expect(sizes).toEqual(plan.map(({ size }) => size));
        expect(all.every(({ released }) => released === 1)).toBe(true);
      },
    ),
    { numRuns: 200 },
  );
});

test("of large events fewer are taken up beforehand", async () => {
  const MiB = 2 ** 20;
  let read = 0;
  async function* input(): AsyncGenerator<InputEvent[]> {
    for (; read < 20; read++) yield [{ ...eventOf(read), byteCount: 6 * MiB }];
  }
  const judged = judgeAhead(input(), { batchesMax: 12, judge: async () => [] }, () => {});
  for (let number = 0; number < 20; number++) {
    expect((await judged.next()).value).toMatchObject([{ number }]);
    await turns(2);
    expect(read - number).toBeLessThanOrEqual(4);
  }
  expect(await judged.next()).toMatchObject({ done: true });
});

test("what is judged is handed on while a pipe stays silent", async () => {
  let speak: (() => void) | undefined;
  async function* input(): AsyncGenerator<InputEvent[]> {
    yield [eventOf(0)];
    yield [eventOf(1)];
    await new Promise<void>((resolve) => {
      speak = resolve;
    });
    yield [eventOf(2)];
  }
  const judged = judgeAhead(input(), { batchesMax: 6, judge: async () => [] }, () => {});
  for (const number of [0, 1]) expect((await judged.next()).value).toMatchObject([{ number }]);
  const next = judged.next();
  await turns(2);
  speak?.();
  expect((await next).value).toMatchObject([{ number: 2 }]);
  expect(await judged.next()).toMatchObject({ done: true });
});

test("when nobody asks for more, the input is ended and everything released, also where it is silent", async () => {
  const events = [eventOf(0), eventOf(1)];
  let end = (): void => {};
  let isClosed = false;
  async function* input(): AsyncGenerator<InputEvent[]> {
    try {
      for (const event of events) yield [event];
      await new Promise<void>((resolve) => {
        end = resolve;
      });
    } finally {
      isClosed = true;
    }
  }
  for await (const _ of judgeAhead(input(), { batchesMax: 4, judge: async () => [] }, () => end())) break;
  expect(isClosed).toBe(true);
  expect(events.map(({ released }) => released)).toEqual([1, 1]);
});
