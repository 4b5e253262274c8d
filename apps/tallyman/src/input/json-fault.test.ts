import fc from "fast-check";
import { expect, test } from "vitest";
import { findJsonFault } from "./json-fault.ts";

test.for([
  { text: '{"a":b}', fault: "b}" },
  { text: '{"a":1,}', fault: "}" },
  { text: '{"a" 1}', fault: "1}" },
  { text: "{a:1}", fault: "a:1}" },
  { text: '{"a":1} x', fault: "x" },
  { text: '{"a":1', fault: "" },
  { text: '{"a":"x', fault: "" },
  { text: "", fault: "" },
  { text: "[1 2]", fault: "2]" },
  { text: "[1,]", fault: "]" },
  { text: '["a\nb"]', fault: '\nb"]' },
  { text: '["\\x"]', fault: 'x"]' },
  { text: '["\\u12G4"]', fault: 'G4"]' },
  { text: '["\\u12', fault: "" },
  { text: "[01]", fault: "1]" },
  { text: "[1.]", fault: "]" },
  { text: "[-]", fault: "]" },
  { text: "[1e]", fault: "]" },
  { text: "[trUe]", fault: "Ue]" },
  { text: "{'a':1}", fault: "'a':1}" },
  { text: "\u00a0{}", fault: "\u00a0{}" },
])("$text is at fault before '$fault'", ({ text, fault }) => {
  expect(findJsonFault(text)).toBe(text.length - fault.length);
});

test("a fault is found where, and only where, JSON.parse finds one", () => {
  const json = fc.json({ maxDepth: 4 });
  const changed = fc
    .tuple(json, fc.nat(), fc.constantFrom("", ...'{}[]",:\\ 0-.eE+tn\n\u0001\u2028'), fc.nat({ max: 2 }))
    .map(([text, at, put, cut]) => {
      const start = at % (text.length + 1);
      return text.slice(0, start) + put + text.slice(start + cut);
    });
  fc.assert(
    fc.property(fc.oneof(json, changed, fc.string()), (text) => {
      expect(findJsonFault(text) === undefined).toBe(isJson(text));
    }),
    { numRuns: 3000 },
  );
});

test("up to its fault, a text is the beginning of some JSON", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 3 }), fc.nat(), fc.constantFrom(...'}]",:x'), (text, at, put) => {
      const start = at % (text.length + 1);
      const broken = text.slice(0, start) + put + text.slice(start);
      const fault = findJsonFault(broken);
      // What was JSON before the change cannot be at fault before it.
      if (fault !== undefined) expect(fault).toBeGreaterThanOrEqual(start);
    }),
    { numRuns: 1000 },
  );
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
