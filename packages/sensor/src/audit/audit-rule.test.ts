import { describe, expect, it } from "vitest";
import { isOwnRule } from "./audit-rule.ts";

const key = 210; // AUDIT_FILTERKEY
const directory = 107; // AUDIT_DIR
const user = 13; // AUDIT_SUBJ_USER

/** A rule as the kernel lists it (struct audit_rule_data): what its fields are and the texts of some, one behind the other, filled up to four bytes. */
function rule(fields: readonly (readonly [number, string])[]): Buffer {
  const bytes = Buffer.alloc(1040);
  bytes.writeUInt32LE(fields.length, 8);
  for (const [i, [kind]] of fields.entries()) bytes.writeUInt32LE(kind, 12 + 4 * 64 + 4 * i);
  const texts = Buffer.from(fields.map(([, text]) => text).join(""));
  bytes.writeUInt32LE(texts.length, 1036);
  return Buffer.concat([bytes, texts, Buffer.alloc(-texts.length & 3)]);
}

describe("isOwnRule", () => {
  it.each([
    ["a rule with our key alone", [[key, "tallyman"]], true],
    ["one with another key", [[key, "other"]], false],
    ["one with a key that begins like ours", [[key, "tallyman-2"]], false],
    [
      "a rule of someone else's with our key",
      [
        [directory, "/x"],
        [key, "tallyman"],
      ],
      false,
    ],
    [
      "one for a path that has our key in it",
      [
        [directory, "/opt/tallyman"],
        [key, "other"],
      ],
      false,
    ],
    ["one for a user of that name", [[user, "tallyman"]], false],
    ["one without a key", [], false],
  ] as const)("tells %s", (_, fields, isOwn) => {
    expect(isOwnRule(rule(fields))).toBe(isOwn);
  });

  it("takes nothing that is too short for a rule", () => {
    expect(isOwnRule(Buffer.from("tallyman"))).toBe(false);
  });
});
