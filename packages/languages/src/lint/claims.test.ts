import fc from "fast-check";
import { expect, test } from "vitest";
import { parseWildcard } from "../values/wildcard.ts";
import { type Claim, ClaimIndex, sharingWith } from "./claims.ts";
import { coverOf, type ValueSet } from "./value-cover.ts";

const text = fc.string({ unit: fc.constantFrom("a", "A", "b", "*"), minLength: 1, maxLength: 3 });

const sets: fc.Arbitrary<ValueSet> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("value" as const), text, ignoresCase: fc.boolean() }),
  },
  fc.record({
    kind: fc.constant("pattern" as const),
    pattern: text.map((pattern) => parseWildcard(pattern, { escapes: true })),
    ignoresCase: fc.boolean(),
  }),
  fc.record({ kind: fc.constant("opaque" as const), key: fc.constantFrom("x", "y") }),
  fc.constant<ValueSet>({ kind: "any" }),
);

const claims: fc.Arbitrary<Claim> = fc
  .record({ path: fc.constantFrom("p", "q"), set: sets })
  .map(({ path, set }) => ({ path, set, covers: coverOf(set), span: { start: 0, end: 0 } }));

test("the index finds the first claim that covers another, as looking at each does", () => {
  fc.assert(
    fc.property(fc.array(claims, { maxLength: 8 }), claims, (all, claim) => {
      const first = all.find((each) => each.path === claim.path && each.covers(claim.set));
      expect(new ClaimIndex(all).covering(claim)).toBe(first);
    }),
    { numRuns: 2000 },
  );
});

test("a group shares values with a claim when one of it does, and with what it covers", () => {
  fc.assert(
    fc.property(fc.array(claims, { minLength: 1, maxLength: 8 }), claims, (group, claim) => {
      const isShared = sharingWith(group)(claim);
      expect(isShared).toBe(group.some((each) => sharingWith([each])(claim)));
      if (group.some((each) => each.covers(claim.set) || claim.covers(each.set))) expect(isShared).toBe(true);
    }),
    { numRuns: 2000 },
  );
});
