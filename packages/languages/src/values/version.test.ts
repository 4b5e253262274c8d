import { expect, test } from "vitest";
import { compareVersions } from "./version.ts";

test("versions are ordered by their parts, and what is none comes last", () => {
  const ordered = [
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.0+build",
    "1.2",
    "1.2.0",
    "1.10.0",
    "2.0.0",
    "10.0.0",
    "99999999999999999999.0",
    "bad",
    "v1.0.0",
  ];
  expect([...ordered].reverse().sort(compareVersions)).toEqual(ordered);
});

test("leading zeros make no difference, and equal versions are equal", () => {
  expect(compareVersions("1.02.0", "1.2.0")).toBe(0);
  expect(compareVersions("1.2.3-a.b", "1.2.3-a.b")).toBe(0);
});
