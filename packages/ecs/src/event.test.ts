import fc from "fast-check";
import { expect, test } from "vitest";
import { depthMax, FieldSlots, itself, ParsedEvent, readAll, readFirst } from "./event.ts";
import { pathLengthMax } from "./field-path.ts";
import { parseIp } from "./ip.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Reading } from "./reading.ts";

function parse(json: string): JsonObject {
  return JSON.parse(json) as JsonObject;
}

/** The values at a path, asked for in all the ways there are, which must agree. */
function valuesAt(document: JsonObject, path: string, reading: Reading = "scalar"): readonly unknown[] {
  const slots = new FieldSlots();
  const slot = slots.slot(path, reading);
  const event = new ParsedEvent(document, slots);
  const values = event.values(slot);
  expect(event.values(slot)).toBe(values);
  expect(readAll(document, path, reading)).toEqual(values);
  expect(readFirst(document, path, reading)).toEqual(values[0]);
  expect(sorted(event.read(path, reading))).toEqual(sorted(values));
  return values;
}

function existsAt(document: JsonObject, path: string): boolean {
  const slots = new FieldSlots();
  return new ParsedEvent(document, slots).exists(slots.slot(path, "scalar"));
}

function leafPaths(document: JsonObject): readonly string[] {
  return new ParsedEvent(document, new FieldSlots()).leafPaths();
}

function sorted(values: readonly unknown[]): readonly string[] {
  return values.map((value) => JSON.stringify(value)).sort();
}

test.for([
  ['{"a":{"b":{"c":1}}}', [1]],
  ['{"a.b.c":1}', [1]],
  ['{"a":{"b.c":1}}', [1]],
  ['{"a.b":{"c":1}}', [1]],
  ['{"a":{"b":{"c":1}},"a.b":{"c":2},"a.b.c":3}', [1, 2, 3]],
  ['{"a":{"b":{"c":1},"b.c":2}}', [1, 2]],
  // Arrays are flattened, wherever they stand.
  ['{"a":{"b":{"c":[1,2]}}}', [1, 2]],
  ['{"a":[{"b":{"c":1}},{"b":[{"c":2},{"c":[3]}]}]}', [1, 2, 3]],
  ['{"a":[[{"b":[[{"c":[[1],[[2]]]}]]}]]}', [1, 2]],
  ['{"a":[{"b":{"c":1}},7,null,"x",{"d":1}]}', [1]],
  // Types are mixed as the event mixes them.
  ['{"a.b.c":[1,"x",true,false,0,""]}', [1, "x", true, false, 0, ""]],
  // Null is no value, and an object is none of its own.
  ['{"a.b.c":null}', []],
  ['{"a.b.c":[null,[null],1]}', [1]],
  ['{"a.b.c":[]}', []],
  ['{"a.b.c":{}}', []],
  ['{"a.b.c":{"d":1}}', []],
  ['{"a.b.c":[{"d":1},2]}', [2]],
  ['{"a.b.c.d":1,"a.b":2,"a":3}', []],
  ['{"a":null,"a.b.c":1}', [1]],
  ['{"a":1,"a.b.c":1}', [1]],
  ["{}", []],
] as const)("%s has the values %j at a.b.c", ([json, values]) => {
  expect(valuesAt(parse(json), "a.b.c")).toEqual(values);
});

test.for([
  ["keyword", ["x", "7", "true", "10.0.0.1"]],
  ["number", [7]],
  ["boolean", [true]],
  ["ip", [parseIp("10.0.0.1")]],
] as const)("read as %s, other values are left out", ([reading, values]) => {
  expect(valuesAt(parse('{"a":["x",7,true,"10.0.0.1"]}'), "a", reading)).toEqual(values);
});

test.for([
  ['{"a":{"b":1}}', "a.b", true],
  ['{"a":{"b":1}}', "a", true],
  ['{"a.b.c":1}', "a.b.c", true],
  ['{"a":{"b":{"c":[{"d":""}]}}}', "a.b", true],
  ['{"a":false}', "a", true],
  ['{"a":0}', "a", true],
  ['{"a":""}', "a", true],
  ['{"a":[[],[null,""]]}', "a", true],
  ['{"a":null,"a.b":1}', "a.b", true],
  ['{"a":{"b":1}}', "b", false],
  ['{"a":{"b":1}}', "a.c", false],
  ['{"a":null}', "a", false],
  ['{"a":[]}', "a", false],
  ['{"a":[null,[],{}]}', "a", false],
  ['{"a":{}}', "a", false],
  ['{"a":{"b":{"c":null}}}', "a", false],
  ["{}", "a", false],
] as const)("in %s, that %s exists is %s", ([json, path, exists]) => {
  expect(existsAt(parse(json), path)).toBe(exists);
});

test.for([
  ['{"a":{"b":1},"c":"x"}', ["a.b", "c"]],
  ['{"a":[{"b":1},{"b":2,"c":3}],"a.b":4}', ["a.b", "a.c"]],
  ['{"a":1,"b":null,"c":[],"d":{},"e":[null,{}]}', ["a"]],
  ['{"a":[1,{"b":2}]}', ["a", "a.b"]],
  ["{}", []],
] as const)("%s has the leaves %j", ([json, paths]) => {
  expect([...leafPaths(parse(json))].sort()).toEqual(paths);
});

test.for(["__proto__", "constructor", "toString", "hasOwnProperty", "length"])(
  "%s is a name like others",
  (name) => {
    expect(valuesAt(parse("{}"), name)).toEqual([]);
    expect(valuesAt(parse('{"a":[1]}'), `a.${name}`)).toEqual([]);
    expect(existsAt(parse('{"a":{}}'), `a.${name}`)).toBe(false);
    const document = parse(`{"${name}":{"x":1},"a":{"${name}":2}}`);
    expect(valuesAt(document, `${name}.x`)).toEqual([1]);
    expect(valuesAt(document, `a.${name}`)).toEqual([2]);
    expect(existsAt(document, name)).toBe(true);
    expect([...leafPaths(document)].sort()).toEqual([`${name}.x`, `a.${name}`].sort());
  },
);

test.for(["", ".", "a.", ".a", "a..b"])("'%s' is no name, whatever the event holds", (path) => {
  const document = parse('{"":1,".":1,"a.":1,".a":1,"a..b":1,"a":{"":{"b":1}}}');
  expect(valuesAt(document, path)).toEqual([]);
  expect(existsAt(document, path)).toBe(false);
  expect(leafPaths(document)).toEqual([]);
});

test("nested objects are events of their own", () => {
  const document = parse('{"a":{"list":[{"x":1,"y":{"z":"p"}},[{"x":2}],7,null]},"a.list":{"x":3}}');
  const slots = new FieldSlots();
  const inner = new FieldSlots();
  const x = inner.slot("x", "number");
  const z = inner.slot("y.z", "keyword");
  const objects = new ParsedEvent(document, slots).nested("a.list", inner);
  expect(objects.map((object) => [object.values(x), object.values(z)])).toEqual([
    [[1], ["p"]],
    [[2], []],
    [[3], []],
  ]);
  expect(new ParsedEvent(document, slots).nested("a.other", inner)).toEqual([]);
  expect(new ParsedEvent(document, slots).nested("a.list.x", inner)).toEqual([]);
});

test("elements are objects and scalars, in their order, each an event of its own", () => {
  const document = parse('{"a":{"list":[{"x":1},"p",[2,[null,{"x":3}]],true]},"a.list":"q","one":7}');
  const slots = new FieldSlots();
  const inner = new FieldSlots();
  const x = inner.slot("x", "number");
  const own = inner.slot(itself, "scalar");
  const text = inner.slot(itself, "keyword");
  const shown = (path: string) =>
    new ParsedEvent(document, slots)
      .elements(path, inner)
      .map((each) => [each.values(x), each.values(own), each.values(text), each.exists(own), each.exists(x)]);
  expect(shown("a.list")).toEqual([
    [[1], [], [], true, true],
    [[], ["p"], ["p"], true, false],
    [[], [2], ["2"], true, false],
    [[3], [], [], true, true],
    [[], [true], ["true"], true, false],
    [[], ["q"], ["q"], true, false],
  ]);
  expect(shown("one")).toEqual([[[], [7], ["7"], true, false]]);
  expect(shown("none")).toEqual([]);
  const [scalar] = new ParsedEvent(document, slots).elements("one", inner);
  expect([scalar?.nested("x", inner), scalar?.elements("x", inner), scalar?.leafPaths()]).toEqual([
    [],
    [],
    [],
  ]);
  expect(scalar?.read("x", "scalar")).toEqual([]);
  // Whatever an event calls its fields, none of them is the event itself.
  expect(valuesAt(parse('{"..":1,"":{"":{"":2}}}'), itself)).toEqual([]);
});

test("a field has one slot per reading", () => {
  const slots = new FieldSlots();
  const text = slots.slot("a.b", "keyword");
  const number = slots.slot("a.b", "number");
  expect(slots.slot("a.b", "keyword")).toBe(text);
  expect(number).not.toBe(text);
  expect(slots.size).toBe(2);
  const event = new ParsedEvent(parse('{"a":{"b":[1,"x"]}}'), slots);
  expect(event.values(text)).toEqual(["1", "x"]);
  expect(event.values(number)).toEqual([1]);
  // Slots that are added later are seen by events that are there.
  expect(event.values(slots.slot("a", "scalar"))).toEqual([]);
});

test.for([
  ["arrays", "[", "]"],
  ["objects", '{"a":', "}"],
  ["both", '{"a":[', "]}"],
] as const)("%s within each other, 100,000 deep, are looked at as far as the limit", ([, open, close]) => {
  const depth = 100_000;
  const document = parse(`{"x":1,"a":${open.repeat(depth)}1${close.repeat(depth)}}`);
  const path = Array.from({ length: depthMax }, () => "a").join(".");
  expect(valuesAt(document, "x")).toEqual([1]);
  expect(valuesAt(document, "a")).toEqual([]);
  expect(valuesAt(document, path)).toEqual([]);
  expect(existsAt(document, "a")).toBe(false);
  expect(new ParsedEvent(document, new FieldSlots()).nested("a", new FieldSlots()).length).toBeLessThan(2);
  expect(leafPaths(document)).toEqual(["x"]);
});

test("the limit of depth is the same for all ways to ask", () => {
  for (const [open, close, path] of [
    ["[", "]", "a"],
    ['{"a":', "}", Array.from({ length: depthMax }, () => "a").join(".")],
  ] as const) {
    const within = `{"a":${open.repeat(depthMax - 1)}1${close.repeat(depthMax - 1)}}`;
    expect(valuesAt(parse(within), path)).toEqual([1]);
    expect(existsAt(parse(within), "a")).toBe(true);
    const beyond = `{"a":${open.repeat(depthMax)}1${close.repeat(depthMax)}}`;
    expect(valuesAt(parse(beyond), path)).toEqual([]);
    expect(valuesAt(parse(beyond), `${path}.a`)).toEqual([]);
    expect(existsAt(parse(beyond), "a")).toBe(false);
  }
});

test("names with too many parts or too many characters hold nothing", () => {
  for (const path of [
    "a.".repeat(depthMax).concat("a"),
    "x".repeat(pathLengthMax + 1),
    "a.".repeat(100_000),
  ]) {
    const document: JsonObject = { [path]: 1 };
    expect(readAll(document, path, "scalar")).toEqual([]);
    expect(existsAt(document, path)).toBe(false);
  }
  const longest = "x".repeat(pathLengthMax);
  expect(valuesAt({ [longest]: 1 }, longest)).toEqual([1]);
});

test("an event of many long names is read in time that is no more than its size times the longest name", () => {
  // Without a limit on names this would build a gigabyte of them.
  const keys = Array.from({ length: 20_000 }, (_, i) => `"k${i}":1`).join(",");
  const deep = `{"${"a".repeat(1000)}":`;
  const document = parse(`${deep.repeat(50)}{${keys}}${"}".repeat(50)}`);
  expect(leafPaths(document)).toEqual([]);
});

/** Documents in which no name is written in two ways, so that rewriting cannot run into what is there already. */
const name = fc.constantFrom("a", "b", "c", "__proto__", "a b", "é");
const documents = fc.letrec<{ value: Json; object: JsonObject }>((tie) => ({
  object: fc
    .array(fc.tuple(name, tie("value")), { maxLength: 3 })
    .map((entries) =>
      parse(`{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)}}`),
    ),
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<Json>(1, 2.5, "x", "", true, false, null),
    fc.array(tie("value"), { maxLength: 3 }),
    tie("object"),
  ),
})).object;

/** The same document with objects taken apart into dotted names, where `choose` says so. */
function flatten(object: JsonObject, choose: () => boolean): JsonObject {
  const flat: [string, Json][] = [];
  const add = (path: string, value: Json | undefined): void => {
    if (value === undefined) return;
    if (typeof value === "object" && value !== null && !Array.isArray(value) && choose()) {
      for (const [key, inner] of Object.entries(value)) add(`${path}.${key}`, inner);
    } else flat.push([path, flattenInside(value, choose)]);
  };
  for (const [key, value] of Object.entries(object)) add(key, value);
  // Through text, because assigning to `__proto__` does something else.
  return parse(
    `{${flat.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(",")}}`,
  );
}

function flattenInside(value: Json, choose: () => boolean): Json {
  if (Array.isArray(value)) return value.map((item) => flattenInside(item, choose));
  if (typeof value === "object" && value !== null) return flatten(value as JsonObject, choose);
  return value;
}

test("it makes no difference which names are written with dots and which as objects", () => {
  fc.assert(
    fc.property(documents, fc.infiniteStream(fc.boolean()), (document, choices) => {
      const flat = flatten(document, () => choices.next().value as boolean);
      expect([...leafPaths(flat)].sort()).toEqual([...leafPaths(document)].sort());
      const paths = leafPaths(document);
      const prefixes = paths.flatMap((path) =>
        path.split(".").map((_, i, parts) => parts.slice(0, i + 1).join(".")),
      );
      for (const path of new Set([...prefixes, "a", "a.b", "b.c.a"])) {
        expect(sorted(valuesAt(flat, path))).toEqual(sorted(valuesAt(document, path)));
        expect(existsAt(flat, path)).toBe(existsAt(document, path));
      }
    }),
  );
});

test("each leaf has a value, and exists, as do all names above it", () => {
  fc.assert(
    fc.property(documents, (document) => {
      for (const path of leafPaths(document)) {
        expect(valuesAt(document, path)).not.toEqual([]);
        const parts = path.split(".");
        for (let i = 1; i <= parts.length; i++)
          expect(existsAt(document, parts.slice(0, i).join("."))).toBe(true);
      }
      for (const key of Object.keys(document)) {
        const hasLeaf = leafPaths(document).some((path) => path === key || path.startsWith(`${key}.`));
        expect(existsAt(document, key)).toBe(hasLeaf);
      }
    }),
  );
});
