import fc from "fast-check";
import { expect, test } from "vitest";
import { argumentsIn } from "./arguments.ts";

test.for([
  ["", []],
  ["-l", ["-l"]],
  ["-l /tmp", ["-l", "/tmp"]],
  ['-c "curl https://a b" x', ["-c", "curl https://a b", "x"]],
  [' "a b" c', ["a b", "c"]],
  ['"a b"', ["a b"]],
  ['"quoted" x', ['"quoted"', "x"]],
  ['"open', ['"open']],
  ['"', ['"']],
  ["a  b", ["a", "", "b"]],
] as const)("%j", ([text, args]) => {
  expect(argumentsIn(text)).toEqual(args);
});

/** As Tetragon writes them. */
function written(args: readonly string[]): string {
  let text = "";
  for (const arg of args)
    text = arg.includes(" ") ? `${text} "${arg}"` : text === "" ? arg : `${text} ${arg}`;
  return text;
}

test("arguments without quotes come back as they were", () => {
  const arg = fc
    .string({ minLength: 1, unit: fc.constantFrom("a", " ", "-", "é") })
    .filter((text) => text.trim() !== "");
  fc.assert(
    fc.property(fc.array(arg), (args) => {
      expect(argumentsIn(written(args))).toEqual(args);
    }),
  );
});

test("hostile texts take time in proportion to their length", () => {
  // Would take minutes if each quote were looked for to the end.
  for (const text of ['"a '.repeat(300_000), '" '.repeat(300_000), '"'.repeat(500_000)])
    expect(argumentsIn(text).length).toBeGreaterThan(0);
});
