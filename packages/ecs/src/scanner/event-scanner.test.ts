import fc from "fast-check";
import { expect, test } from "vitest";
import { depthMax, FieldSlots } from "../event.ts";
import type { Scalar } from "../reading.ts";
import { checkScan, readings } from "../testing/check-scan.ts";
import { EventScanner, type TextBytes } from "./event-scanner.ts";

const longName = "x".repeat(1024);

/** Fields whose names lead through each other, and some that have odd names. */
const paths = [
  "a",
  "a.b",
  "a.b.c",
  "a.c",
  "c.a.b",
  "a b",
  "__proto__",
  "__proto__.a",
  "constructor.name",
  "é.a",
  '"\\.a',
  "twelve_bytes",
  "twelve_bytes_",
  "twelveXbytes",
  longName,
  "a..b",
  "",
];

const slots = new FieldSlots();
for (const path of paths) for (const reading of readings) slots.slot(path, reading);
const scanner = new EventScanner(slots);

function bytesOf(text: string): TextBytes {
  return Buffer.from(text) as Buffer & TextBytes;
}

/** What comes of a text, wherever in a buffer it stands. */
function outcomeOf(text: string): string {
  const bytes = bytesOf(text);
  const outcome = checkScan(scanner, slots, bytes);
  // What stands around would complete what is cut off, or spoil what is whole.
  for (const [before, behind] of [
    ['{"a":1}\n{"a":"', '"}]}'],
    ["[", "]}\n"],
    ["}", '"'],
    [" ", "}"],
    // That these are not read at all shows in what the scanner says of non-ASCII characters.
    ["", ',"é":"é"}'],
    ["", ',"é"]}'],
    ["é", "é"],
  ] as const) {
    const all = bytesOf(before + text + behind);
    const start = Buffer.byteLength(before);
    expect(checkScan(scanner, slots, all, start, start + bytes.length)).toBe(outcome);
  }
  return outcome;
}

test.for([
  "{}",
  '{"a":{"b":{"c":"x"}}}',
  '{"a":"x","b":"y"}',
  // Arrays are flattened, wherever they stand.
  '{"a":["x","y",1,null,true]}',
  '{"a":[]}',
  '{"a":[null]}',
  '{"a":[["x"],[["y"]],{"b":"z"}]}',
  '{"a":[{"b":{"c":1}},{"b":[{"c":2},{"c":[3]}]},{"b.c":4},{"c":5,"b":null}]}',
  '{"a":{"b":[[{"c":"x"}],"y",{"c":{"d":1}}]}}',
  '{"a":[{"b":1,"b":2},{"__proto__":{"b":3}}]}',
  // An object is text and exists, by what is in it.
  '{"a":{"d":{"e":["x",{"f":"y"},null]}}}',
  '{"a":{"10":"x","9":"y","b":"z"}}',
  '{"a":{"b":{}}}',
  '{"a":{"b":{"c":null}}}',
  '{"a":{"b":[{}]}}',
  '{"a":{"b":[{"d":0}]}}',
  '{"a":{"b":"x"},"c":{"a":{"b":"y"}}}',
  // What is no object holds no fields.
  '{"a":null}',
  '{"a":false}',
  '{"a":"b"}',
  // Names with dots.
  '{"a.b":"x"}',
  '{"a.b":"x","a.c":"y","c.a":{"b":1}}',
  '{"a.b":{"c":"x"},"a.d":1}',
  '{"a":{"b.c":"x"}}',
  '{"a.d":"x"}',
  '{"a.b.c.d":"x"}',
  '{"a..b":"x","a.":"y",".a":"z",".":0,"..":1}',
  '{"a.d":null}',
  '{"z.a":1,"a.z":2}',
  // Names with escapes, and others.
  '{"\\u0061":{"\\u0062":"x"}}',
  '{"\\u0061\\u002eb":"x"}',
  '{"\\"\\\\":{"a":"x"}}',
  '{"é":{"a":"ü"}}',
  '{"\\u00e9":{"a":"x"}}',
  '{"é.a":"x"}',
  '{"ü.a":"x","ü":{"a":1}}',
  '{"":"x","a":{"":"y"}}',
  '{"__proto__":{"a":"x"},"constructor":{"name":"y"}}',
  '{"__proto__":"x"}',
  '{"twelve_bytes":1,"twelve_bytes_":2,"twelveXbytes":3}',
  '{"twelve_bytez":1,"awelve_bytes":2,"twelve-bytes":3}',
  `{"${longName}":1}`,
  `{"${longName}x":1,"${longName.repeat(100)}":2,"a":3}`,
  // Text.
  '{"a":""}',
  '{"a":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\u20AC\\ud83d\\ude00"}',
  '{"a":"\\ud800","c":"\\udc00\\ud800x"}',
  '{"a":["C:\\\\Windows\\\\System32","é😀","\u007f"],"d":"ü"}',
  `{"a":"${"long ".repeat(50)}","b":"${"é".repeat(200)}"}`,
  '{"a":"true","b":"7"}',
  '{"a":"2024-05-01T10:00:00Z"}',
  '{"a":["10.0.0.1","::1","İΣ"]}',
  // Numbers.
  '{"a":[0,-0,7,-12,1.5,-0.0,1E5,1e+5,1e-5,0.1e1,123456789012345678901234567890,1e400,-1e400,5e-324]}',
  '{"a":-0}',
  '{"a":1e400}',
  '{"a":9007199254740993}',
  // White space.
  ' \t\r\n{ "a" \n:\r{\t"b" : [ 1 , 2 ] , "z":[ ] , "y" : { } } , "c" :{ "a": { } } } \n ',
  '{"z":[ 1 ,{ "y" : [ ] } , null ] }',
  // What nobody asks for must still be JSON.
  '{"z":[true,false,null,-1.5e3,"\\u12aF",{"z":[[],{}]}],"a":1}',
  // A name of no interest may be there twice.
  '{"z":1,"z":2,"z.a":3,"z":{"z":1,"z":2}}',
] as const)("%s is read lazily", (text) => {
  expect(outcomeOf(text)).toBe("scanned");
});

test.for([
  '{"a":1,"a":2}',
  '{"a":{"b":1,"b":1}}',
  '{"a":{"b":1},"a":{"c":1}}',
  '{"a":1,"\\u0061":2}',
  '{"é":1,"é":2}',
  '{"a.b":1,"a.b":2}',
  '{"a":{"b":1},"a.b":2}',
  '{"a.b":1,"a":null}',
  '{"a.d":1,"a":{"b":1}}',
  '{"a.b.c":1,"a.b":{"c":1}}',
  '{"a.b":{"c":1},"a.b.c":1}',
] as const)("%s says a field twice and is to be parsed", (text) => {
  expect(outcomeOf(text)).toBe("to be parsed");
});

test.for([
  "",
  " ",
  "null",
  "1",
  '"a"',
  "[]",
  '[{"a":1}]',
  "{",
  "}",
  "{}}",
  "{}{}",
  "{} x",
  "x {}",
  '\ufeff{"a":1}',
  '{"a":1}\u0000}',
  '{"a"}',
  '{"a":}',
  '{"a":1,}',
  '{,"a":1}',
  '{"a":1 "c":2}',
  '{"a" 1}',
  '{"a"::1}',
  "{a:1}",
  "{'a':1}",
  "{1:1}",
  '{"a":[1,]}',
  '{"a":[,1]}',
  '{"a":[1 2]}',
  '{"a":[1}',
  '{"a":[1}}',
  '{"a":{]}',
  '{"z":{"y":1]}',
  '{"z":[{"y":1]}}',
  '{"z":{"y"}}',
  '{"z":{"y":}}',
  '{"z":{"y":1,}}',
  '{"z":{,}}',
  '{"z":[[]}',
  '{"z":{"y":{}',
  '{"a":{}',
  '{"a":{"b":{}}',
  // Literals and numbers.
  ...[
    "True",
    "tru",
    "truee",
    "nul",
    "fals",
    "undefined",
    "NaN",
    "Infinity",
    "-",
    "+1",
    "01",
    "-01",
    "1.",
    ".5",
  ],
  ...["-.5", "1e", "1e+", "1E-", "0x1", "1.e1", "1_0", "--1", "1e1.5", "٣", "-Infinity", "00", "1 .5", "- 1"],
] as const)("%s is no event", (text) => {
  expect(outcomeOf(text)).toBe("no event");
  if (!text.includes("{"))
    for (const around of [`{"a":${text}}`, `{"z":[${text} ]}`, `{"z":{"y":${text}}}`])
      if (!["", " ", "null", "1", '"a"', "[]"].includes(text)) expect(outcomeOf(around)).toBe("no event");
});

test.for([
  "\u0000",
  "\u001f",
  "\n",
  "\t",
  "\\",
  "\\x",
  "\\u",
  "\\u12",
  "\\u123g",
  "\\u 123",
  "\\'",
  "\\U0041",
])("%j stands in no string and no name", (text) => {
  for (const around of [
    '{"a":"?"}',
    '{"a":["x?y"]}',
    '{"z":"abcde?zg"}',
    '{"?":1}',
    '{"z":{"?":1}}',
    '{"a?":{"b":1}}',
  ])
    expect(outcomeOf(around.replace("?", () => text))).toBe("no event");
});

test.for([
  ["arrays", "[", "]"],
  ["objects", '{"a":', "}"],
  ["wanted objects", '{"c":', "}"],
  ["both", '[{"z":', "}]"],
] as const)("%s are read lazily up to the limit of depth", ([, open, close]) => {
  const step = open.match(/[[{]/g)?.length as number;
  const nested = (levels: number) =>
    `{"a":${open.repeat(levels / step)}1${close.repeat(levels / step)},"c":"x"}`;
  expect(outcomeOf(nested(62))).toBe("scanned");
  expect(outcomeOf(nested(64))).toBe("no event");
  expect(outcomeOf(nested(100_000))).toBe("no event");
  expect(outcomeOf(`{"a":${"[".repeat(depthMax - 1)}${"]".repeat(depthMax - 1)}}`)).toBe("scanned");
  expect(outcomeOf(`{"a":${"[".repeat(depthMax)}${"]".repeat(depthMax)}}`)).toBe("no event");
});

test("fields of as many parts as there may be are found", () => {
  const deep = new FieldSlots();
  const parts = Array.from({ length: depthMax }, () => "n");
  for (let length = 1; length <= depthMax; length++) deep.slot(parts.slice(0, length).join("."), "keyword");
  deep.slot([...parts, "n"].join("."), "keyword");
  const text = (levels: number) => `${'{"n":'.repeat(levels)}"x"${"}".repeat(levels)}`;
  const deepScanner = new EventScanner(deep);
  expect(checkScan(deepScanner, deep, bytesOf(text(depthMax)))).toBe("scanned");
  expect(checkScan(deepScanner, deep, bytesOf(text(depthMax + 1)))).toBe("no event");
  expect(checkScan(deepScanner, deep, bytesOf(`{"${parts.join(".")}":{"n":1}}`))).toBe("scanned");
});

test("bytes that are no UTF-8 read as they do in a parsed event", () => {
  for (const part of [
    [0xff],
    [0xc3],
    [0xe2, 0x82],
    [0xed, 0xa0, 0x80],
    [0xc0, 0x80],
    [0xf4, 0x90, 0x80, 0x80],
  ]) {
    const odd = Buffer.from(part).toString("latin1");
    for (const text of [`{"a":"${odd}"}`, `{"a":["x${odd}y"]}`, `{"${odd}":1,"z":"${odd}","a":"x"}`])
      expect(checkScan(scanner, slots, Buffer.from(text, "latin1") as Buffer & TextBytes)).toBe("scanned");
  }
  // Both of these names have become the same.
  const replaced = new FieldSlots();
  replaced.slot("\ufffd", "keyword");
  const twice = Buffer.from('{"\xff":1,"\xfe":2}', "latin1") as Buffer & TextBytes;
  expect(checkScan(new EventScanner(replaced), replaced, twice)).toBe("to be parsed");
});

test("no part of an event from its beginning is an event, whatever stands behind it", () => {
  const text =
    '{"a":{"b":[{"c":"x\\u00e9\\n"},"é😀",-1.5e+3]},"z":{"y":[true,false,null,{"x":{}}]},"a b":"twelve bytes","c":{"a":{"b":0}}}';
  const bytes = bytesOf(`{"a":1}\n${text}\n{"a":1}]}"}`);
  const start = 8;
  const whole = start + Buffer.byteLength(text);
  for (let end = start; end < whole; end++)
    expect(checkScan(scanner, slots, bytes, start, end)).toBe("no event");
  expect(checkScan(scanner, slots, bytes, start, whole)).toBe("scanned");
  for (let end = start; end < whole; end++)
    expect(checkScan(scanner, slots, bytesOf(bytes.utf8Slice(start, end)))).toBe("no event");
});

test("an event that begins or ends where its buffer does is read within it", () => {
  for (const text of [
    "{}",
    '{"a":7}',
    '{"a":""}',
    '{"a":[]}',
    '{"a":"x"}',
    '{"a"}',
    '{"a":}',
    '{"":1}',
    '{"a":"',
  ])
    for (const before of ["", "x", "xx", "xxx"]) {
      const all = Buffer.from(before + text);
      // Behind what the view shows there is more memory, but not for the scanner.
      const within = Buffer.from(`${before}${text}"}}]`).subarray(0, all.length);
      for (const bytes of [all, within] as (Buffer & TextBytes)[])
        expect(() => checkScan(scanner, slots, bytes, before.length, bytes.length)).not.toThrow();
    }
});

test("a name that is longer than any is none of them, however it is made", () => {
  const crafted = new FieldSlots();
  const slot = crafted.slot("aa.pqqqqqqy", "keyword");
  for (let i = 100; i < 240; i++) crafted.slot(`n${i}${"z".repeat(20)}`, "keyword");
  const scanner = new EventScanner(crafted);
  const bytes = bytesOf(`{"pqqq${"z".repeat(2048)}qqqy":"x"}`);
  expect(checkScan(scanner, crafted, bytes)).toBe("scanned");
  expect(scanner.values(slot)).toEqual([]);
});

test("after an event that cannot be read, none is shown", () => {
  const slot = slots.slot("a", "keyword");
  expect(scanner.scan(bytesOf('{"a":"x"}'), 0, 9)).toBe(true);
  expect(scanner.values(slot)).toEqual(["x"]);
  expect(scanner.scan(bytesOf('{"a":"y"'), 0, 8)).toBe(false);
  expect(scanner.values(slot)).toEqual([]);
  expect(scanner.exists(slot)).toBe(false);
  expect(scanner.topNames(0)).toBe(0);
});

test("before the first event, none is shown", () => {
  const fresh = new EventScanner(slots);
  expect(fresh.values(slots.slot("a", "keyword"))).toEqual([]);
  expect(fresh.exists(slots.slot("a", "keyword"))).toBe(false);
});

test("slots that are added later are seen by the event that is there and by those that follow", () => {
  const growing = new FieldSlots();
  const a = growing.slot("a", "keyword");
  const fresh = new EventScanner(growing);
  const bytes = bytesOf('{"a":"x","b":{"c":[1]}}');
  expect(fresh.scan(bytes, 0, bytes.length)).toBe(true);
  const c = growing.slot("b.c", "number");
  expect(fresh.values(a)).toEqual(["x"]);
  expect(fresh.values(c)).toEqual([1]);
  expect(fresh.exists(c)).toBe(true);
  expect(fresh.topNames(0)).toBe(0b11);
  expect(checkScan(fresh, growing, bytes)).toBe("scanned");
});

test("more names at the top than fit a word are told apart", () => {
  const many = new FieldSlots();
  for (let i = 0; i < 100; i++) many.slot(`name${i}`, "keyword");
  const fresh = new EventScanner(many);
  for (const there of [[0], [31], [32], [99], [0, 31, 63, 64, 95]]) {
    const text = `{${there.map((i) => `"name${i}":null`).join(",")}}`;
    expect(checkScan(fresh, many, bytesOf(text))).toBe("scanned");
    const numbers = Array.from({ length: 100 }, (_, i) => i);
    expect(numbers.filter((i) => ((fresh.topNames(i & ~31) >> (i & 31)) & 1) === 1)).toEqual(there);
  }
});

test("values that were given stay as they are when the next event is scanned", () => {
  const slot = slots.slot("a", "keyword");
  const texts = ['{"a":"x"}', '{"a":["y","z"]}', '{"a":1}', '{"a":{"b":"v"}}', "{}"];
  const given = texts.map((text) => {
    scanner.scan(bytesOf(text), 0, text.length);
    return scanner.values(slot);
  });
  expect(given).toEqual([["x"], ["y", "z"], ["1"], ["v"], []]);
});

/** A field is only remembered as long as its values come again. */
function expectTwice(text: string, ...values: readonly Scalar[]): void {
  for (const _ of [1, 2]) {
    scanner.scan(bytesOf(text), 0, text.length);
    expect(scanner.values(slots.slot("a", "scalar"))).toEqual(values);
  }
}

test("values are not taken for others that are written almost like them", () => {
  const values = Array.from(
    { length: 15_000 },
    (_, i) =>
      [`"${i}"`, `${i}`, `"value number ${i % 300}"`, `["${i % 7}",${i % 5}]`, `"${"x".repeat(i % 70)}"`][
        i % 5
      ],
  );
  for (const value of values) {
    expectTwice(`{"a":${value}}`, ...[JSON.parse(value as string)].flat());
  }
});

test("values of one character over and over are told apart by their lengths", () => {
  for (let first = 0x23; first < 0x5b; first++)
    for (const fill of "abcd")
      for (let length = 1; length < 60; length++) {
        const value = String.fromCharCode(first) + fill.repeat(length);
        expectTwice(`{"a":"${value}"}`, value);
      }
});

test("a name is another one in each object", () => {
  const many = new FieldSlots();
  const names = ["name", "longer_than_words", "n"];
  const holders = Array.from({ length: 600 }, (_, i) => `o${i}`);
  for (const [i, holder] of holders.entries()) many.slot(`${holder}.${names[i % 3]}`, "keyword");
  const fresh = new EventScanner(many);
  const members = names.map((name) => `"${name}":"${name}"`).join(",");
  const text = `{${holders.map((holder) => `"${holder}":{${members}}`).join(",")}}`;
  expect(checkScan(fresh, many, bytesOf(text))).toBe("scanned");
});

test("hostile events take time in proportion to their length", () => {
  // Any of these would take minutes if something were done anew for each part of it.
  const count = 200_000;
  for (const text of [
    `{"a":[${"[],".repeat(count)}1]}`,
    `{${'"a.z":1,'.repeat(count)}"c":1}`,
    `{${'"\\u007a":1,'.repeat(count)}"c":1}`,
    `{${'"twelveYbytes":1,'.repeat(count)}"c":1}`,
    `{"a":{"b":"${"\\".repeat(2 * count)}"}}`,
    `{"a":"${"é".repeat(count)}"}`,
    `{"a":1${"0".repeat(count)}}`,
    `{"a":${" ".repeat(count)}1${" ".repeat(count)}}`,
    `{"${"z.".repeat(count)}":1}`,
    `{"${"a.".repeat(count)}":1}`,
  ]) {
    const bytes = bytesOf(text);
    expect(scanner.scan(bytes, 0, bytes.length)).toBe(true);
    for (let slot = 0; slot < slots.size; slot++) {
      scanner.values(slot);
      scanner.exists(slot);
    }
  }
});

test.for([
  ['{"z":[{}', ",{}"],
  ['{"a":{}', ',"":1'],
  ['{"a":{"z":{}', ',"":1'],
] as const)("of %s, cut off, nothing behind it is read", ([text, behind]) => {
  // Each of them would read the rest of the file, and together they would take minutes.
  const bytes = bytesOf(text + behind.repeat(500_000));
  for (let i = 0; i < 20_000; i++) expect(scanner.scan(bytes, 0, text.length)).toBe(false);
});

/** Texts of JSON in all their ways to write the same, with names that repeat. */
const blank = fc.constantFrom("", "", "", "", " ", "\n\t\r ");
const nameText = fc.constantFrom(
  ...[
    "a",
    "b",
    "c",
    "z",
    "a.b",
    "b.c",
    "a.b.c",
    "a.z",
    "",
    ".",
    "a.",
    "__proto__",
    "é",
    "a b",
    "twelve_bytes",
  ],
  ...["\\u0061", "\\u0061.b", "z\\n", '\\"\\\\', "twelve_bytez", "constructor", "name"],
);
const scalarText = fc.constantFrom(
  ...[
    '"x"',
    '""',
    '"C:\\\\x"',
    '"é"',
    '"\\u00e9"',
    '"\\ud800"',
    '"true"',
    '"10.0.0.1"',
    '"2024-05-01T00:00:00Z"',
  ],
  ...["0", "-0", "7", "1.5e3", "1e400", "-12.25", "true", "false", "null", `"${"long".repeat(20)}"`],
);
const jsonText = fc.letrec<{ value: string; object: string }>((tie) => ({
  object: fc.array(fc.tuple(nameText, blank, blank, tie("value"), blank), { maxLength: 4 }).map((members) => {
    const texts = members.map(([name, b1, b2, value, b3]) => `${b1}"${name}"${b2}:${b2}${value}${b3}`);
    return `{${texts.join(",")}}`;
  }),
  value: fc.oneof(
    { maxDepth: 5 },
    scalarText,
    fc
      .array(fc.tuple(blank, tie("value"), blank), { maxLength: 3 })
      .map((items) => `[${items.map((item) => item.join("")).join(",")}]`),
    tie("object"),
  ),
})).object;

test("any event is read as it is when parsed, or to be parsed", () => {
  let scanned = 0;
  const runs = 1000;
  fc.assert(
    fc.property(jsonText, (text) => {
      const outcome = checkScan(scanner, slots, bytesOf(text));
      expect(outcome).not.toBe("no event");
      if (outcome === "scanned") scanned += 1;
    }),
    { numRuns: runs },
  );
  expect(scanned).toBeGreaterThan(runs / 4);
});

test("a damaged event is read as it is when parsed, or not at all", () => {
  const damage = fc.record({
    at: fc.nat(),
    what: fc.constantFrom("flip", "delete", "insert", "copy"),
    byte: fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('{}[]":,\\ 0-.eEut'))),
    length: fc.integer({ min: 1, max: 8 }),
  });
  fc.assert(
    fc.property(jsonText, fc.array(damage, { minLength: 1, maxLength: 3 }), (text, damages) => {
      let bytes: Buffer = Buffer.from(text);
      for (const { at: anywhere, byte, length, what } of damages) {
        const at = anywhere % (bytes.length + 1);
        const before = bytes.subarray(0, at);
        const piece = bytes.subarray(at, at + length);
        const behind = bytes.subarray(at + length);
        if (what === "flip") bytes[at] = (bytes[at] ?? 0) ^ (1 << (byte & 7));
        else if (what === "delete") bytes = Buffer.concat([before, behind]);
        else if (what === "insert") bytes = Buffer.concat([before, Buffer.of(byte), piece, behind]);
        else bytes = Buffer.concat([before, piece, piece, behind]);
      }
      checkScan(scanner, slots, bytes as Buffer & TextBytes);
    }),
    { numRuns: 2000 },
  );
});
