import fc from "fast-check";
import { expect, test } from "vitest";
import { compileRegex } from "./regex.ts";
import { similarTextRegex } from "./similar-text.ts";

/** The distance by dynamic programming: what the automaton is compared with. */
function distance(a: string, b: string): number {
  const [x, y] = [Array.from(a), Array.from(b)];
  const rows = [Array.from({ length: y.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= x.length; i++) {
    const row = [i];
    for (let j = 1; j <= y.length; j++) {
      const before = rows[i - 1] as number[];
      const cost = x[i - 1] === y[j - 1] ? 0 : 1;
      let best = Math.min(
        (before[j] as number) + 1,
        (row[j - 1] as number) + 1,
        (before[j - 1] as number) + cost,
      );
      if (i > 1 && j > 1 && x[i - 1] === y[j - 2] && x[i - 2] === y[j - 1])
        best = Math.min(best, ((rows[i - 2] as number[])[j - 2] as number) + 1);
      row.push(best);
    }
    rows.push(row);
  }
  return (rows[x.length] as number[])[y.length] as number;
}

test("texts within the distance match, and no others", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "c", "é", "😀"), maxLength: 8 });
  fc.assert(
    fc.property(text, text, fc.integer({ min: 1, max: 2 }), (one, other, edits) => {
      expect(compileRegex(similarTextRegex(one, edits))(other)).toBe(distance(other, one) <= edits);
    }),
    { numRuns: 3000 },
  );
});

test.for<readonly [string, number, string, boolean]>([
  ["powershell", 1, "powershel", true],
  ["powershell", 1, "powershelll", true],
  ["powershell", 1, "p0wershell", true],
  ["powershell", 1, "opwershell", true],
  ["powershell", 1, "p0wersh3ll", false],
  ["powershell", 2, "p0wersh3ll", true],
  ["ab", 2, "", true],
  ["", 1, "a", true],
  ["", 1, "ab", false],
])("%s within %i of %s is %s", ([text, edits, value, want]) => {
  expect(compileRegex(similarTextRegex(text, edits))(value)).toBe(want);
});
