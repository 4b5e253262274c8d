import fc from "fast-check";
import { expect, test } from "vitest";
import { compileIndexPatterns } from "./index-patterns.ts";

const process = "logs-endpoint.events.process-default";

test.for([
  { patterns: ["logs-endpoint.events.process*"], name: process, want: true },
  { patterns: ["logs-endpoint.events.process-*"], name: process, want: true },
  { patterns: ["logs-endpoint.events.process-*"], name: "logs-endpoint.events.process", want: false },
  { patterns: ["logs-*"], name: process, want: true },
  { patterns: ["Logs-*"], name: process, want: false },
  { patterns: [process], name: process, want: true },
  { patterns: [process], name: `${process}-1`, want: false },
  { patterns: ["*"], name: "", want: true },
  { patterns: ["*"], name: process, want: true },
  { patterns: ["apm-*-transaction*"], name: "apm-8.1-transaction-000001", want: true },
  { patterns: ["apm-*-transaction*"], name: "apm-transaction", want: false },
  { patterns: ["a*b*a"], name: "aba", want: true },
  { patterns: ["a*a"], name: "a", want: false },
  { patterns: ["a*b*b"], name: "ab", want: false },
  { patterns: ["a**b"], name: "ab", want: true },
  { patterns: ["auditbeat-*", "logs-*"], name: process, want: true },
  { patterns: ["auditbeat-*,logs-*"], name: process, want: true },
  { patterns: ["auditbeat-*, logs-*"], name: process, want: true },
  { patterns: ["logs-*", "-logs-endpoint.*"], name: process, want: false },
  { patterns: ["logs-*", "-logs-endpoint.*"], name: "logs-okta", want: true },
  { patterns: ["-logs-endpoint.*", "logs-*"], name: process, want: true },
  { patterns: ["logs-*", "-logs-endpoint.*", "logs-endpoint.events.*"], name: process, want: true },
  { patterns: ["-logs-*"], name: process, want: false },
  { patterns: ["*:logs-*"], name: process, want: true },
  { patterns: ["europe:logs-*"], name: process, want: true },
  { patterns: ["europe:logs-*", "-europe:logs-endpoint*"], name: process, want: false },
  { patterns: ["europe:logs-*", "europe:-logs-endpoint*"], name: process, want: false },
  { patterns: ["*:logs-*", "-europe:*"], name: process, want: true },
  { patterns: ["*"], name: ".alerts-security.alerts-default", want: false },
  { patterns: ["*alerts*"], name: ".alerts-security.alerts-default", want: false },
  { patterns: [".alerts-security.*"], name: ".alerts-security.alerts-default", want: true },
  { patterns: [], name: process, want: false },
  { patterns: ["", " "], name: process, want: false },
])("$patterns on '$name' is $want", ({ patterns, name, want }) => {
  expect(compileIndexPatterns(patterns)(name)).toBe(want);
});

test("a pattern matches the names that its stars can be filled in to", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 6 });
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), text, (parts, name) => {
      // A slow reading of the same: with parts of a three-letter alphabet a regular expression is safe.
      const pattern = new RegExp(`^${parts.map((part) => part.replaceAll(".", "\\.")).join(".*")}$`);
      const want = pattern.test(name) && (parts[0] !== "" || parts.length === 1 || !name.startsWith("."));
      fc.pre(parts.join("") !== "" || parts.length > 1);
      expect(compileIndexPatterns([parts.join("*")])(name)).toBe(want);
    }),
    { numRuns: 500 },
  );
});

test("many stars on a long name take no time", () => {
  const matches = compileIndexPatterns([`${"a*".repeat(1000)}b`]);
  expect(matches("a".repeat(100_000))).toBe(false);
});
