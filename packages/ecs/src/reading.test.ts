import fc from "fast-check";
import { expect, test } from "vitest";
import { parseIp } from "./ip.ts";
import { parseNumber, type Reading, readScalar, type Scalar, tokenReading } from "./reading.ts";

/** The reading of a value; undefined when the type cannot hold it. */
function read(reading: Reading, value: Scalar): unknown {
  return readScalar[reading](value);
}

test.for([
  ["scalar", "x", "x"],
  ["scalar", 1, 1],
  ["scalar", false, false],
  ["keyword", "Bash", "Bash"],
  ["keyword", "", ""],
  ["keyword", 42, "42"],
  ["keyword", 1.5, "1.5"],
  ["keyword", -0, "0"],
  ["keyword", true, "true"],
  ["caseless", "BASH.exe", "bash.exe"],
  ["caseless", "ÄÖ", "äö"],
  ["caseless", 1e21, "1e+21"],
  ["caseless", true, "true"],
  ["number", 42, 42],
  ["number", "42", 42],
  ["number", "-1.5e3", -1500],
  ["number", "", undefined],
  ["number", "x", undefined],
  ["number", true, undefined],
  ["boolean", true, true],
  ["boolean", false, false],
  ["boolean", "true", true],
  ["boolean", "false", false],
  // Source: Elasticsearch reference, boolean field type.
  ["boolean", "", false],
  ["boolean", "True", undefined],
  ["boolean", "yes", undefined],
  ["boolean", 1, undefined],
  ["boolean", 0, undefined],
  ["date", "2024-05-01T10:20:30.123456Z", Date.UTC(2024, 4, 1, 10, 20, 30, 123)],
  ["date", 1714558830123, 1714558830123],
  ["date", "1714558830123", 1714558830123],
  ["date", "yesterday", undefined],
  ["date", true, undefined],
  ["ip", "10.0.0.1", parseIp("10.0.0.1")],
  ["ip", "::ffff:10.0.0.1", parseIp("10.0.0.1")],
  ["ip", "10.0.0.0/8", undefined],
  ["ip", "host", undefined],
  ["ip", 1, undefined],
  ["tokens", "Failed password", ["failed", "password"]],
  ["tokens", "", []],
  ["tokens", 1.5, ["1.5"]],
  ["tokens", true, ["true"]],
  ["powershellTokens", "Invoke-Expression $x", ["invoke-expression", "x"]],
  ["powershellTokens", 12, ["12"]],
] as const)("the %s reading of %j is %j", ([reading, value, wanted]) => {
  expect(read(reading, value)).toEqual(wanted);
});

test("each analyser has its reading", () => {
  expect(tokenReading("standard")).toBe("tokens");
  expect(tokenReading("powershell")).toBe("powershellTokens");
});

test.for([
  ["0", 0],
  ["007", 7],
  ["+5", 5],
  ["-5", -5],
  ["1.5", 1.5],
  ["1.", 1],
  [".5", 0.5],
  ["-.5e-1", -0.05],
  ["1e3", 1000],
  ["1E+3", 1000],
  ["9007199254740993", 9007199254740992],
  ["1e308", 1e308],
] as const)("%s spells %s", ([text, number]) => {
  expect(parseNumber(text)).toBe(number);
});

test.for([
  "",
  " ",
  "1 ",
  " 1",
  ".",
  "-",
  "+-1",
  "e3",
  "1e",
  "1e+",
  "1.2.3",
  "1,5",
  "1_000",
  "0x10",
  "0b1",
  "1n",
  "1f",
  "NaN",
  "Infinity",
  "-Infinity",
  "1e309",
  "١",
  "1".repeat(65),
  "1".repeat(1_000_000),
])("case %#: %s spells no number", (text) => {
  expect(parseNumber(text)).toBeUndefined();
});

test("every number is read back from its text", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
      expect(parseNumber(String(number))).toBe(number + 0);
    }),
  );
});

test("no value makes a reading fail", () => {
  const readings = Object.keys(readScalar) as Reading[];
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.double(), fc.boolean()), (value) => {
      for (const reading of readings) read(reading, value);
    }),
  );
});
