import { type JsonObject, parseTimestamp } from "@tallyman/ecs";
import { expect, test } from "vitest";
import { ByteStore } from "./byte-store.ts";
import { EventDecoder } from "./decode-event.ts";
import { type InputEvent, isParsed, type ParsedInputEvent } from "./input-event.ts";
import { FileReport } from "./input-report.ts";
import type { PendingEvent } from "./pending-event.ts";
import { FormatDetector } from "./record-format.ts";

interface Decoded {
  readonly events: readonly ParsedInputEvent[];
  readonly report: FileReport;
}

/** Decodes records that stand one a line, and finds that reading them lazily gives the same. */
function decode(...records: readonly (string | Buffer | undefined)[]): Decoded {
  const whole = decodeAs(records, false);
  const lazy = decodeAs(records, true);
  const known = ({ byteCount, document, id, index, late, origin, timestamp }: InputEvent) => ({
    ...{ byteCount, document, id, index, late, origin, timestamp },
  });
  expect(lazy.events.map(known)).toEqual(whole.events.map(known));
  expect(lazy.report).toEqual(whole.report);
  return whole;
}

function decodeAs(records: readonly (string | Buffer | undefined)[], isLazy: boolean): Decoded {
  const report = new FileReport("test.ndjson");
  const decoder = new EventDecoder(
    report,
    (document) => parseTimestamp(document["@timestamp"]),
    new ByteStore(),
    { isLazy, format: new FormatDetector(undefined) },
  );
  const pending: PendingEvent[] = [];
  records.forEach((record, i) => {
    const bytes = record === undefined ? undefined : Buffer.from(record);
    decoder.take({ bytes, byteCount: bytes?.length ?? 1e9, line: i + 1, column: 1, offset: 0 }, pending);
    bytes?.fill("#");
  });
  const events = pending.map((event) => event.decode()).filter((event) => event !== undefined);
  const parsed = events.filter(isParsed);
  for (const event of events) event.release?.();
  expect(report.events).toBe(parsed.length);
  return { events: parsed, report };
}

function documentsOf(...records: readonly string[]): readonly JsonObject[] {
  return decode(...records).events.map((event) => event.document);
}

const time = "2026-01-05T08:00:00Z";

test("an event knows its document, its text, its time and its place", () => {
  const text = `{"@timestamp":"${time}","a":"é"}`;
  expect(decode('{"b":2}', text).events).toEqual([
    {
      document: { b: 2 },
      index: undefined,
      id: undefined,
      text: '{"b":2}',
      byteCount: 7,
      timestamp: undefined,
      late: false,
      origin: { file: "test.ndjson", line: 1 },
    },
    {
      document: { "@timestamp": time, a: "é" },
      index: undefined,
      id: undefined,
      text,
      byteCount: text.length + 1,
      timestamp: { ms: Date.parse(time), nanos: 0 },
      late: false,
      origin: { file: "test.ndjson", line: 2 },
    },
  ]);
});

test.for([
  { record: '{"a":b}', reason: "invalid-json", line: 1, column: 6 },
  { record: `{"@timestamp":"${time}",}`, reason: "invalid-json", line: 1, column: 38 },
  { record: '{\n "a": 1\n "b": 2\n}', reason: "invalid-json", line: 3, column: 2 },
  { record: '{"a":1', reason: "invalid-json", line: 1, column: 7 },
  { record: "", reason: "invalid-json", line: 1, column: 1 },
  { record: "[1]", reason: "not-an-object", line: 1, column: undefined },
  { record: "null", reason: "not-an-object", line: 1, column: undefined },
  { record: '"text"', reason: "not-an-object", line: 1, column: undefined },
  { record: undefined, reason: "too-long", line: 1, column: undefined },
  { record: "\0\0\0", reason: "nul-bytes", line: 1, column: undefined },
  { record: "\0".repeat(1e5), reason: "nul-bytes", line: 1, column: undefined },
  { record: nested(65), reason: "too-deep", line: 1, column: undefined },
  { record: "[".repeat(1e6), reason: "too-deep", line: 1, column: undefined },
  {
    record: `{"@timestamp":"${time}","a":${"[".repeat(1e6)}`,
    reason: "too-deep",
    line: 1,
    column: undefined,
  },
] as const)("$record is skipped: $reason", ({ record, reason, line, column }) => {
  const { events, report } = decode(record);
  expect(events).toEqual([]);
  const byteCount = record === undefined ? 1e9 : record.length;
  expect([...report.skips]).toEqual([[reason, { count: 1, places: [{ line, column, byteCount }] }]]);
});

test("64 levels are not too deep", () => {
  expect(decode(nested(64)).events).toHaveLength(1);
});

test("only the first places of a kind are kept, and all are counted", () => {
  const { report } = decode(...Array.from({ length: 100 }, () => "x"));
  expect(report.skips.get("invalid-json")).toMatchObject({ count: 100 });
  expect(report.skips.get("invalid-json")?.places.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5]);
  expect(report.skipped).toBe(100);
});

test("what a crash left before a record does not take the record along", () => {
  const { events, report } = decode('\0\0\0{"a":1}');
  expect(events).toMatchObject([{ document: { a: 1 }, text: '{"a":1}' }]);
  expect(report.skips.get("nul-bytes")?.count).toBe(1);
});

test("the mark of a file that was joined to another is no fault", () => {
  expect(documentsOf('\ufeff{"a":1}', `\ufeff{"@timestamp":"${time}"}`)).toEqual([
    { a: 1 },
    { "@timestamp": time },
  ]);
});

test("bytes that are not UTF-8 are replaced and counted", () => {
  const broken = Buffer.concat([Buffer.from('{"a":"x'), Buffer.from([0xff, 0xc3]), Buffer.from('y"}')]);
  const { events, report } = decode(broken, broken, '{"a":"\ufffd is a character too"}', '{"a":"\\ufffd"}');
  expect(events[0]?.document).toEqual({ a: "x\ufffd\ufffdy" });
  expect(events).toHaveLength(4);
  expect(report.invalidUtf8).toBe(2);
  const timed = Buffer.concat([
    Buffer.from(`{"@timestamp":"${time}","a":"x`),
    Buffer.from([0xff]),
    Buffer.from('"}'),
  ]);
  const second = decode(timed);
  expect(second.events[0]?.document["a"]).toBe("x\ufffd");
  expect(second.report.invalidUtf8).toBe(1);
  // Who reads bytes does not count what is wrong with them.
  expect(decodeAs([timed], true).events[0]?.bytes).toBeUndefined();
});

test("of a key that stands twice the last counts", () => {
  expect(documentsOf('{"a":1,"a":2}')).toEqual([{ a: 2 }]);
  const later = "2026-01-06T08:00:00Z";
  expect(decode(`{"@timestamp":"${time}","@timestamp":"${later}"}`).events[0]?.timestamp?.ms).toBe(
    Date.parse(later),
  );
});

test.for([
  {
    about: "a hit",
    line: '{"_index":"logs-x","_id":"7","_score":1.0,"_source":{"a":1}}',
    index: "logs-x",
    id: "7",
  },
  {
    about: "a hit with its time",
    line: `{"_index":"i","_id":"7","_source":{"@timestamp":"${time}"},"sort":[1]}`,
    index: "i",
    id: "7",
  },
  { about: "a bare source", line: '{"_source":{"a":1}}', index: undefined, id: undefined },
  {
    about: "one document that was asked for",
    line: '{"_index":"i","_id":"1","_version":3,"_seq_no":1,"found":true,"_source":{"a":1}}',
    index: "i",
    id: "1",
  },
])("$about is unwrapped", ({ line, index, id }) => {
  const { events } = decode(line);
  expect(events).toMatchObject([{ document: JSON.parse(line)._source, index, id, text: undefined }]);
});

test.for([
  '{"_source":"a","b":1}',
  '{"_source":{"a":1},"b":1}',
  '{"hits":{"total":1}}',
  '{"hits":{"hits":"many"}}',
  '{"index":{"name":"x"}}',
  '{"index":{"_id":"x"},"@timestamp":0}',
  '{"index":"x"}',
  '{"create":1}',
  '{"delete":{"_id":"1","by":"x"}}',
  '{"update":[]}',
])("%s is a document as it stands", (line) => {
  expect(decode(line, '{"next":1}').events).toMatchObject([
    { document: JSON.parse(line) },
    { document: { next: 1 } },
  ]);
});

test("a search response in one record gives its hits", () => {
  const hits = [{ _index: "i", _id: "1", _source: { a: 1 } }, { _id: "2", fields: {} }, 3];
  const { events, report } = decode(JSON.stringify({ took: 1, hits: { total: 3, hits } }));
  expect(events).toMatchObject([
    { document: { a: 1 }, index: "i", id: "1", text: undefined },
    { document: { _id: "2", fields: {} }, index: undefined, id: undefined },
  ]);
  expect([...report.skips.keys()]).toEqual(["not-an-object"]);
  expect(decode('{"hits":{"hits":[]}}').events).toEqual([]);
});

test("a bulk request gives the documents that it stores", () => {
  const { events, report } = decode(
    '{"index":{"_index":"logs-a","_id":"1"}}',
    '{"a":1}',
    '{"create":{}}',
    // Whatever stands behind an action is its document.
    '{"index":{"_id":"x"}}',
    '{"delete":{"_id":"1"}}',
    '{"update":{"_id":"2","_index":"logs-b"}}',
    '{"doc":{"b":1}}',
    `{"create":{"_index":"logs-c"}}`,
    `{"@timestamp":"${time}"}`,
    '{"c":1}',
  );
  expect(events).toMatchObject([
    { document: { a: 1 }, index: "logs-a", id: "1", text: '{"a":1}' },
    { document: { index: { _id: "x" } }, index: undefined, id: undefined },
    { document: { "@timestamp": time }, index: "logs-c", id: undefined },
    { document: { c: 1 }, index: undefined },
  ]);
  expect(report.skips.get("bulk-change")?.places.map(({ line }) => line)).toEqual([5, 6]);
  expect(report.records).toBe(10);
});

test("a broken line in a bulk request costs no other", () => {
  const { events } = decode(
    '{"index":{"_id":"1"}}',
    '{"a":',
    '{"b":1}',
    '{"index":{"_id":"2"}}',
    undefined,
    '{"c":1}',
  );
  expect(events.map(({ document, id }) => [document, id])).toEqual([
    [{ b: 1 }, undefined],
    [{ c: 1 }, undefined],
  ]);
});

function nested(depth: number): string {
  return `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
}
