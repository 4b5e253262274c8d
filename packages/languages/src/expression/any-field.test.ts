import { ecsCatalogue, FieldSlots, type Json, type JsonObject, ParsedEvent } from "@tallyman/ecs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { compileWildcard, parseWildcard } from "../values/wildcard.ts";
import { check } from "./check.ts";
import { compile } from "./compile.ts";

const span = { start: 0, end: 0 };
const name = fc.constantFrom(
  "a",
  "b",
  "ab",
  "a.b",
  "b.a.b",
  ".a",
  "a.",
  "a..b",
  "",
  "process",
  "process.name",
  "name",
);
const { value } = fc.letrec<{ value: Json; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom<Json>("x", 1, true, null, [], ["x"], [null]),
    tie("object"),
    fc.array(tie("value"), { maxLength: 3 }),
  ),
  object: fc.dictionary(name, tie("value"), { maxKeys: 4 }),
}));
const patternText = fc.oneof(
  fc.constantFrom("a.*", "a.b*", "a.?", "b.a.*", "a.b.*b", "process.*", "process.name.te*", "a..*", ".a*"),
  fc
    .array(fc.constantFrom("a", "b", "ab", ".", "*", "?", "process.name", "text"), {
      minLength: 1,
      maxLength: 6,
    })
    .map((parts) => parts.join("")),
);

test("a field exists whose name matches where one of all names does", () => {
  const catalogue = ecsCatalogue();
  let found = 0;
  fc.assert(
    fc.property(fc.dictionary(name, value, { maxKeys: 4 }), patternText, (document, text) => {
      const pattern = parseWildcard(text, { escapes: false });
      const matches = compileWildcard(pattern);
      const slots = new FieldSlots();
      const { expression } = check(
        { kind: "exists", field: { kind: "fields", pattern, span }, span },
        catalogue,
      );
      const program = compile(expression, slots, { combinationsExceeded: 0 });
      const event = new ParsedEvent(document, slots);
      const wanted = event
        .leafPaths()
        .some((path) =>
          [path, ...catalogue.multiFields(path).map((part) => `${path}.${part}`)].some((each) =>
            matches(each),
          ),
        );
      if (wanted) found += 1;
      expect(program.matches(event, 0)).toBe(wanted);
    }),
    { numRuns: 3000 },
  );
  expect(found).toBeGreaterThan(100);
});
