import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { recordedLines } from "../testing/recording.ts";
import { type AuditRecord, parseAuditLine } from "./audit-record.ts";
import { type AuditEvent, EventAssembler, isPartOfEvent } from "./event-assembler.ts";

function record(type: string, serial: number, body = "", seconds = 100): AuditRecord {
  return parseAuditLine(`type=${type} msg=audit(${seconds}.000:${serial}): ${body}`) as AuditRecord;
}

const idsOf = (events: readonly AuditEvent[]) => events.map(({ serial }) => serial);

describe("EventAssembler", () => {
  test("an event is whole with its PROCTITLE, and its EOE begins no other", () => {
    const events = new EventAssembler();
    expect(events.add(record("SYSCALL", 1, "pid=7"))).toEqual([]);
    expect(events.add(record("PROCTITLE", 1))).toMatchObject([{ serial: 1 }]);
    expect(events.add(record("EOE", 1))).toEqual([]);
    expect(events.end()).toEqual([]);
  });

  test("one without PROCTITLE is whole with its EOE", () => {
    const events = new EventAssembler();
    events.add(record("SYSCALL", 1, "pid=7"));
    expect(idsOf(events.add(record("EOE", 1)))).toEqual([1]);
  });

  test("one without an end is given up after two seconds of the log's time", () => {
    const events = new EventAssembler();
    events.add(record("SYSCALL", 1, "pid=7", 100));
    expect(idsOf(events.add(record("SYSCALL", 2, "pid=8", 102)))).toEqual([]);
    expect(idsOf(events.add(record("SYSCALL", 3, "pid=9", 103)))).toEqual([1]);
    expect(idsOf(events.end())).toEqual([2, 3]);
  });

  test("the same number on another host is another event", () => {
    const events = new EventAssembler();
    const of = (node: string, type: string) => events.add({ ...record(type, 1, `comm="${node}"`), node });
    of("a", "SYSCALL");
    of("b", "SYSCALL");
    expect(of("a", "PROCTITLE")[0]?.call?.get("comm")).toBe('"a"');
    expect(of("b", "PROCTITLE")[0]?.call?.get("comm")).toBe('"b"');
  });

  test("at the limits the oldest are given up as they are, and counted", () => {
    const few = new EventAssembler({ eventsMax: 2 });
    const given = [1, 2, 3, 4].flatMap((serial) => idsOf(few.add(record("SYSCALL", serial))));
    expect(given).toEqual([1, 2]);
    expect(few.evicted).toBe(2);
    const small = new EventAssembler({ charactersMax: 5000 });
    const body = `name="${"x".repeat(2000)}"`;
    expect([1, 2, 3].flatMap((serial) => idsOf(small.add(record("PATH", serial, body))))).toEqual([1]);
  });

  test("one event holds so many paths and arguments, however many come", () => {
    const events = new EventAssembler();
    for (let i = 0; i < 1000; i++) events.add(record("PATH", 1, `item=${i}`));
    for (let i = 0; i < 100; i++) events.add(record("EXECVE", 1, `a${i}="${"x".repeat(1000)}"`));
    const [event] = events.end();
    expect(event?.paths.length).toBe(16);
    expect(event?.args.texts().length).toBe(12);
    expect(event?.args.isCut).toBe(true);
    expect(event?.size).toBeLessThan(20_000);
  });
});

/** The records of each event of a recording, in their order. */
function recordedEvents(): readonly (readonly AuditRecord[])[] {
  const byId = new Map<string, AuditRecord[]>();
  for (const line of recordedLines("auditd-audisp.log.gz")) {
    const found = parseAuditLine(line);
    if (found === undefined || !isPartOfEvent(found)) continue;
    byId.set(found.id, [...(byId.get(found.id) ?? []), found]);
  }
  return [...byId.values()];
}

function plain({ id, call, paths, args, workingDirectory, socketAddress }: AuditEvent) {
  return {
    id,
    call: call && [...call],
    paths: paths.map((path) => [...path]),
    args: args.texts(),
    workingDirectory,
    socketAddress,
  };
}

test("however the records of events are shuffled into each other, the events are the same", () => {
  const recorded = recordedEvents();
  fc.assert(
    fc.property(
      fc.shuffledSubarray([...recorded.keys()], { minLength: 2, maxLength: 12 }),
      fc.infiniteStream(fc.nat(1000)),
      (chosen, choices) => {
        // All at one time: who is behind by seconds is given up, which another test shows.
        const queues = chosen.map((i) =>
          (recorded[i] as readonly AuditRecord[]).map((each) => ({ ...each, ms: 0 })),
        );
        const alone = queues.map((records) => {
          const events = new EventAssembler();
          return [...records.flatMap((each) => events.add(each)), ...events.end()].map(plain);
        });
        const together = new EventAssembler();
        const found: AuditEvent[] = [];
        const left = queues.map((records) => [...records]);
        for (let open = left.filter(({ length }) => length > 0); open.length > 0; ) {
          const queue = open[(choices.next().value as number) % open.length] as AuditRecord[];
          found.push(...together.add(queue.shift() as AuditRecord));
          open = left.filter(({ length }) => length > 0);
        }
        found.push(...together.end());
        const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
        expect(found.map(plain).sort(byId)).toEqual(alone.flat().sort(byId));
      },
    ),
    { numRuns: 60 },
  );
});

test("however an argument is cut into pieces and records, its text is the same", () => {
  const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(text, fc.array(fc.nat(12), { maxLength: 8 }), (argument, sizes) => {
      const hex = Buffer.from(argument).toString("hex").toUpperCase();
      const events = new EventAssembler();
      let at = 0;
      let piece = 0;
      for (const size of [...sizes, hex.length]) {
        const part = hex.slice(at, at + (size + 1) * 2);
        if (part === "") continue;
        events.add(
          record("EXECVE", 1, `${piece === 0 ? `argc=1 a0_len=${hex.length} ` : " "}a0[${piece}]=${part}`),
        );
        at += part.length;
        piece += 1;
      }
      expect(events.end()[0]?.args.texts()).toEqual([argument]);
    }),
  );
});
