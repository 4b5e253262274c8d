import fc from "fast-check";
import { expect, test } from "vitest";
import type { InputEvent } from "./input-event.ts";
import { type EventStream, type MergeLimits, mergeByTime } from "./merge-by-time.ts";
import { DecodedEvent, type PendingEvent } from "./pending-event.ts";
import { ReorderBuffer } from "./reorder-buffer.ts";

const limits: MergeLimits = { openMax: 100, silentMs: 20, batchEvents: 64, batchBytes: 1e9 };
const newBuffer = (latenessMs: number): ReorderBuffer =>
  new ReorderBuffer({ latenessMs, eventCountMax: 1e6, byteCountMax: 1e9 });

function event(ms: number | undefined, file: string): InputEvent {
  return {
    document: {},
    index: undefined,
    id: undefined,
    text: undefined,
    byteCount: 1,
    timestamp: ms === undefined ? undefined : { ms, nanos: 0 },
    late: false,
    origin: { file, line: 1 },
  };
}

interface Watched extends EventStream {
  isOpened: boolean;
}

/** A stream of events at these times, in batches of these many; it remembers whether it was asked. */
function stream(file: string, times: readonly (number | undefined)[], size = 2, startsAt?: number): Watched {
  async function* batches(): AsyncGenerator<PendingEvent[]> {
    watched.isOpened = true;
    for (let at = 0; at < times.length; at += size) {
      await Promise.resolve();
      yield times.slice(at, at + size).map((ms) => new DecodedEvent(event(ms, file)));
    }
  }
  const watched: Watched = {
    batches: batches(),
    mayFallSilent: false,
    startsAt: startsAt === undefined ? undefined : { ms: startsAt, nanos: 0 },
    isOpened: false,
  };
  return watched;
}

async function merged(
  streams: readonly EventStream[],
  latenessMs = 0,
  merge = limits,
): Promise<InputEvent[]> {
  const events: InputEvent[] = [];
  for await (const batch of mergeByTime(streams, newBuffer(latenessMs), merge)) {
    expect(batch.length).toBeGreaterThan(0);
    events.push(...batch);
  }
  return events;
}

test("sorted streams become one sorted stream, and the first named goes first at the same time", async () => {
  const events = await merged([
    stream("a", [1, 4, 4, 9]),
    stream("b", [2, 4, 10]),
    stream("c", []),
    stream("d", [4]),
  ]);
  expect(events.map(({ timestamp, origin }) => `${timestamp?.ms}${origin.file}`)).toEqual([
    "1a",
    "2b",
    "4a",
    "4a",
    "4b",
    "4d",
    "9a",
    "10b",
  ]);
});

test("an event without time is not waited for", async () => {
  const events = await merged([stream("a", [5, 6]), stream("b", [undefined, 7])]);
  expect(events.map(({ timestamp }) => timestamp?.ms)).toEqual([undefined, 5, 6, 7]);
});

test("any streams are merged without loss, each in its own order as far as it is sorted", async () => {
  const times = fc.array(
    fc.oneof(
      { weight: 9, arbitrary: fc.nat({ max: 1000 }) },
      { weight: 1, arbitrary: fc.constant(undefined) },
    ),
  );
  const many = fc.array(fc.tuple(times, fc.boolean(), fc.integer({ min: 1, max: 5 })), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(many, fc.integer({ min: 1, max: 6 }), async (all, openMax) => {
      const sorted = all.every(([, isSorted]) => isSorted);
      const streams = all.map(([given, isSorted, size], i) => {
        const times = isSorted ? [...given].sort((a, b) => (a ?? -1) - (b ?? -1)) : given;
        return stream(`${i}`, times, size, times[0]);
      });
      const events = await merged(streams, sorted && openMax === 6 ? 0 : 2000, { ...limits, openMax });
      const key = (e: InputEvent): string => `${e.origin.file} ${e.timestamp?.ms}`;
      const want = all.flatMap(([given], i) => given.map((ms) => `${i} ${ms}`));
      expect(events.map(key).sort()).toEqual(want.sort());
      const timed = events.flatMap(({ timestamp }) => (timestamp === undefined ? [] : [timestamp.ms]));
      expect(timed).toEqual([...timed].sort((a, b) => a - b));
    }),
  );
});

test("a stream is not opened before its time has come", async () => {
  const late = stream("late", [30, 31], 1, 30);
  const early = stream("early", [20], 1, 20);
  const asked: boolean[] = [];
  const first = stream("first", [10, 11, 29, 40], 1, 10);
  const watching: EventStream = {
    ...first,
    batches: {
      next: () => {
        asked.push(late.isOpened);
        return first.batches.next();
      },
    },
  };
  const events = await merged([late, watching, early]);
  expect(events.map(({ timestamp }) => timestamp?.ms)).toEqual([10, 11, 20, 29, 30, 31, 40]);
  // The late one is opened when 40 has come, which is what the first is asked for before its end.
  expect(asked).toEqual([false, false, false, false, true]);
});

test("no more streams are open than the limit, and what is opened too late comes late", async () => {
  const many = Array.from({ length: 8 }, () => 10);
  const streams = [stream("a", [...many, 50], 2, 10), stream("b", [20, 60], 2, 20)];
  const events = await merged(streams, 0, { ...limits, openMax: 1 });
  expect(events.slice(8).map(({ timestamp, late }) => [timestamp?.ms, late])).toEqual([
    [50, false],
    [20, true],
    [60, false],
  ]);
});

/** A stream that says something when told to. */
function spoken(file: string): EventStream & { say(...times: readonly number[]): void; end(): void } {
  const waiting: ((result: IteratorResult<PendingEvent[]>) => void)[] = [];
  const said: IteratorResult<PendingEvent[]>[] = [];
  const put = (result: IteratorResult<PendingEvent[]>): void => {
    const taker = waiting.shift();
    if (taker === undefined) said.push(result);
    else taker(result);
  };
  return {
    batches: {
      next: () => {
        const result = said.shift();
        return result === undefined
          ? new Promise((resolve) => waiting.push(resolve))
          : Promise.resolve(result);
      },
    },
    mayFallSilent: true,
    startsAt: undefined,
    say: (...times) => put({ done: false, value: times.map((ms) => new DecodedEvent(event(ms, file))) }),
    end: () => put({ done: true, value: undefined }),
  };
}

async function nextTimes(merge: AsyncGenerator<InputEvent[]>): Promise<unknown[] | "end"> {
  const { value, done } = await merge.next();
  return done
    ? "end"
    : value.map(({ timestamp, late }: InputEvent) => `${timestamp?.ms}${late ? " late" : ""}`);
}

test("a stream that falls silent does not keep back what it said before", async () => {
  const pipe = spoken("pipe");
  const merge = mergeByTime([pipe], newBuffer(60_000), limits);
  pipe.say(100, 50);
  expect(await nextTimes(merge)).toEqual(["50", "100"]);
  pipe.say(60, 200);
  expect(await nextTimes(merge)).toEqual(["60 late"]);
  expect(await nextTimes(merge)).toEqual(["200"]);
  const rest = nextTimes(merge);
  pipe.end();
  expect(await rest).toBe("end");
});

test("a stream that falls silent does not hold up the others", async () => {
  const pipe = spoken("pipe");
  const other = spoken("other");
  const merge = mergeByTime([pipe, stream("file", [10, 20], 1), other], newBuffer(60_000), limits);
  expect(await nextTimes(merge)).toEqual(["10", "20"]);
  const waiting = nextTimes(merge);
  other.say(30);
  expect(await waiting).toEqual(["30"]);
  pipe.say(15);
  expect(await nextTimes(merge)).toEqual(["15 late"]);
  pipe.end();
  other.end();
  expect(await nextTimes(merge)).toBe("end");
});

test("of large events fewer come at a time", async () => {
  const sizes: number[] = [];
  const times = Array.from({ length: 7 }, (_, i) => i);
  // Each is one byte.
  const batches = mergeByTime([stream("file", times)], newBuffer(0), { ...limits, batchBytes: 3 });
  for await (const batch of batches) sizes.push(batch.length);
  expect(sizes).toEqual([3, 3, 1]);
});

test("no streams are no events", async () => {
  expect(await merged([])).toEqual([]);
});
