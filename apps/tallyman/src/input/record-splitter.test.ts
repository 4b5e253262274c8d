import fc from "fast-check";
import { expect, test } from "vitest";
import type { Splitter } from "./raw-record.ts";
import { RecordSplitter } from "./record-splitter.ts";

interface Found {
  readonly text: string;
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

/** The records of a text given in these pieces. Each piece is spoilt when the next is pushed, as a source does that uses its memory again. */
function split(pieces: readonly Buffer[], splitter: Splitter = new RecordSplitter(1000)): Found[] {
  const found: Found[] = [];
  const drain = (): void => {
    for (let record = splitter.next(); record !== undefined; record = splitter.next()) {
      const text = record.bytes?.toString() ?? `(${record.byteCount} bytes)`;
      found.push({ text, line: record.line, column: record.column, offset: record.offset });
    }
  };
  for (const piece of pieces) {
    const copy = Buffer.from(piece);
    splitter.push(copy);
    drain();
    copy.fill("#");
  }
  splitter.end();
  drain();
  return found;
}

function textsOf(text: string): string[] {
  return split([Buffer.from(text)]).map((record) => record.text);
}

const long = `{"long":"${"x".repeat(1000)}"}`;
const response = '{"took":1,"hits":{"total":{"value":2},"hits":[{"_id":"1"},{"_id":"2"}]},"aggregations":{}}';

const samples: readonly {
  readonly about: string;
  readonly text: string;
  readonly want: readonly string[];
}[] = [
  { about: "lines", text: '{"a":1}\n{"b":2}\n', want: ['{"a":1}', '{"b":2}'] },
  { about: "a last line without line feed", text: '{"a":1}\n{"b":2}', want: ['{"a":1}', '{"b":2}'] },
  { about: "Windows line ends", text: '{"a":1}\r\n{"b":2}\r\n', want: ['{"a":1}', '{"b":2}'] },
  { about: "blank lines", text: '\n \t\r\n{"a":1}\n\n  {"b":2}  \n\n', want: ['{"a":1}', '{"b":2}'] },
  { about: "nothing", text: "", want: [] },
  { about: "only white space", text: " \n\n ", want: [] },
  { about: "a broken line", text: '{"a":1}\n{"b":"\n{"c":3}\n', want: ['{"a":1}', '{"b":"', '{"c":3}'] },
  { about: "a broken first line", text: '{"a":"x\n{"b":2}\n', want: ['{"a":"x', '{"b":2}'] },
  {
    about: "a line too long",
    text: `{"a":1}\n${long}\n{"b":2}\n`,
    want: ['{"a":1}', "(1011 bytes)", '{"b":2}'],
  },
  { about: "a first line too long", text: `${long}\n{"b":2}\n`, want: ["(1011 bytes)", '{"b":2}'] },
  { about: "a last line too long", text: `{"b":2}\n${long}`, want: ['{"b":2}', "(1011 bytes)"] },
  { about: "plain text", text: "[2026-01-05] a\nb\n", want: ["[2026-01-05] a", "b"] },
  {
    about: "an array in one line",
    text: '[{"a":1},{"b":[2,{"c":"]"}]}]',
    want: ['{"a":1}', '{"b":[2,{"c":"]"}]}'],
  },
  { about: "an array over lines", text: '[\n {"a":1},\n {\n"b":2}\n]\n', want: ['{"a":1}', '{\n"b":2}'] },
  { about: "arrays one behind the other", text: '[{"a":1}]\n[{"b":2}]\n[]', want: ['{"a":1}', '{"b":2}'] },
  { about: "an empty array", text: "[ ]", want: [] },
  {
    about: "elements of all kinds",
    text: '[{"a":1}, 2, "x,]", [3], null]',
    want: ['{"a":1}', "2", '"x,]"', "[3]", "null"],
  },
  {
    about: "pretty documents",
    text: '{\n "a": {\n }\n}\n{\n "b": 2\n}\n',
    want: ['{\n "a": {\n }\n}', '{\n "b": 2\n}'],
  },
  {
    about: "documents without line ends",
    text: '{"a":1}{"b":2} {"c":3}',
    want: ['{"a":1}', '{"b":2}', '{"c":3}'],
  },
  { about: "objects with commas between", text: '{"a":1},\n{"b":2},\n', want: ['{"a":1}', '{"b":2}'] },
  {
    about: "escapes in documents",
    text: '[{"a":"\\"}\\\\"},{"b":"{["}]',
    want: ['{"a":"\\"}\\\\"}', '{"b":"{["}'],
  },
  { about: "a search response in one line", text: response, want: [response] },
  {
    about: "two search responses",
    text: response + response,
    want: ['{"_id":"1"}', '{"_id":"2"}', '{"_id":"1"}', '{"_id":"2"}'],
  },
  {
    about: "a search response over lines",
    text: '{\n"hits" : {"total":1,"hits": [{"_id":"1","hits":{"hits":[]}}\n,{"_id":"2"}]}}\n{"a":1}',
    want: ['{"_id":"1","hits":{"hits":[]}}', '{"_id":"2"}', '{"a":1}'],
  },
  {
    about: "hits that are not those of a response",
    text: '{\n"a":{"hits":{"hits":[1]}},"hits":[2],"b":"hits","x":{"hits":[3]}}',
    want: ['{\n"a":{"hits":{"hits":[1]}},"hits":[2],"b":"hits","x":{"hits":[3]}}'],
  },
  {
    about: "an element too long",
    text: `[{"a":1},${long},{"b":2}]`,
    want: ['{"a":1}', "(1011 bytes)", '{"b":2}'],
  },
  // Broken documents: what is around them is found all the same.
  {
    about: "a string over a line end behind a backslash",
    text: '[{"a":"x\\\n},\n{"b":2}]',
    want: ['{"a":"x\\', "}", '{"b":2}'],
  },
  { about: "a string over a line end", text: '[{"a":"x\n},\n{"b":2}]', want: ['{"a":"x', "}", '{"b":2}'] },
  {
    about: "a missing bracket before an element",
    text: '[{"a":{"x":1},\n{"b":2}]',
    want: ['{"a":{"x":1},', '{"b":2}'],
  },
  { about: "a missing bracket before the end", text: '[{"a":1]\n[{"b":2}]', want: ['{"a":1', '{"b":2}'] },
  { about: "a wrong bracket", text: '[{"a":[1},{"b":2}]', want: ['{"a":[1}', '{"b":2}'] },
  { about: "a bracket too many", text: '[{"a":1}},{"b":2}]', want: ['{"a":1}', "}", '{"b":2}'] },
  {
    about: "text between documents",
    text: '{"a":1}{"b":2}\nnot JSON {"c":3}',
    want: ['{"a":1}', '{"b":2}', "not JSON", '{"c":3}'],
  },
  { about: "a document cut off", text: '[{"a":1},{"b":', want: ['{"a":1}', '{"b":'] },
  { about: "an array cut off between elements", text: '[{"a":1},', want: ['{"a":1}', ""] },
  {
    about: "a response cut off behind its hits",
    text: '{"hits":{"hits":[\n{"a":1}],"b":',
    want: ['{"a":1}', ""],
  },
  { about: "a response cut off in its hits", text: '{"hits":{\n"hits":[{"a":1},', want: ['{"a":1}', ""] },
];

test.for(samples)("$about", ({ text, want }) => {
  expect(textsOf(text)).toEqual(want);
});

test.for(samples)("$about, divided anywhere, gives the same records", ({ text }) => {
  const bytes = Buffer.from(text);
  const whole = split([bytes]);
  expect(split([...bytes].map((byte) => Buffer.from([byte])))).toEqual(whole);
  for (let at = 0; at <= bytes.length; at += text.length > 500 ? 97 : 1) {
    expect(split([bytes.subarray(0, at), bytes.subarray(at)]), `divided at ${at}`).toEqual(whole);
  }
});

test("any bytes, divided in any way, give the same records", () => {
  // Of the characters that mean something, so that all states are reached.
  const bytes = fc
    .array(fc.constantFrom(...'{}[]",:\\\n h1\0'), { maxLength: 60 })
    .map((all) => Buffer.from(all.join("")));
  fc.assert(
    fc.property(
      fc.constantFrom("", "[{},", '{"hits":{\n"hits":[', "{\n"),
      bytes,
      fc.nat(),
      fc.nat(),
      (start, rest, a, b) => {
        const text = Buffer.concat([Buffer.from(start), rest]);
        const [first, second] = [a % (text.length + 1), b % (text.length + 1)].sort((x, y) => x - y) as [
          number,
          number,
        ];
        const pieces = [text.subarray(0, first), text.subarray(first, second), text.subarray(second)];
        const whole = split([text]);
        expect(split(pieces)).toEqual(whole);
        // Nothing but what separates records is left out, save the rest of a search response.
        for (const { text: record, offset } of whole) {
          expect(text.subarray(offset, offset + record.length).toString()).toBe(record);
        }
      },
    ),
    { numRuns: 3000 },
  );
});

test("documents are found whole, however they are written", () => {
  const objects = fc.array(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), { minLength: 1 });
  fc.assert(
    fc.property(objects, fc.constantFrom(0, 2, "\t"), fc.boolean(), (documents, indent, asArray) => {
      const text = asArray
        ? JSON.stringify(documents, null, indent)
        : documents.map((document) => JSON.stringify(document, null, indent)).join("\n");
      const records = split([Buffer.from(text)], new RecordSplitter(1e6));
      expect(records.map((record) => JSON.parse(record.text))).toEqual(
        documents.map((d) => JSON.parse(JSON.stringify(d))),
      );
    }),
  );
});

test("places are told by line, column and offset", () => {
  const text = '[{"a":1}, {"b":\n2},\n  {"c":3}]';
  expect(split([Buffer.from(text)]).map(({ line, column, offset }) => [line, column, offset])).toEqual([
    [1, 2, 1],
    [1, 11, 10],
    [3, 3, 22],
  ]);
  expect(
    split([Buffer.from('\n  {"a":1}\r\n{"b":2}')]).map(({ line, column, offset }) => [line, column, offset]),
  ).toEqual([
    [2, 3, 3],
    [3, 1, 12],
  ]);
});

test("a very long first line without layout is read like documents", () => {
  const text = Buffer.from(`{"a":"${"x".repeat(2 ** 20)}"}\n{"b":2}\n`);
  const records = split([text.subarray(0, 5), text.subarray(5)], new RecordSplitter(2 ** 21));
  expect(records.map((record) => record.text.length)).toEqual([2 ** 20 + 8, 7]);
});

test("a record longer than the limit is not held", () => {
  const splitter = new RecordSplitter(2 ** 20);
  const before = process.memoryUsage().arrayBuffers;
  splitter.push(Buffer.from('{"a":1}\n{"b":"'));
  expect(splitter.next()?.byteCount).toBe(7);
  expect(splitter.next()).toBeUndefined();
  const chunk = Buffer.alloc(2 ** 20, "x");
  for (let i = 0; i < 64; i++) {
    splitter.push(chunk);
    expect(splitter.next()).toBeUndefined();
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 2 ** 20);
  splitter.push(Buffer.from('"}\n{"c":3}\n'));
  expect(splitter.next()).toMatchObject({ bytes: undefined, byteCount: 64 * 2 ** 20 + 8, line: 2 });
  expect(splitter.next()).toMatchObject({ byteCount: 7, line: 3 });
});
