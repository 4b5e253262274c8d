import { expect, test } from "vitest";
import { CapabilityNames, capabilityNames } from "./capability-names.ts";

test.for([
  [0n, []],
  [0x20000420n, ["CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_AUDIT_WRITE"]],
  [1n, ["CAP_CHOWN"]],
  [1n << 40n, ["CAP_CHECKPOINT_RESTORE"]],
  [1n << 41n, ["CAP_41"]],
  [1n << 63n, ["CAP_63"]],
] as const)("%s is %j", ([mask, names]) => {
  expect(capabilityNames(mask)).toEqual(names);
});

test("all of today's capabilities have a name", () => {
  const names = capabilityNames(0x1ffffffffffn);
  expect(names.length).toBe(41);
  expect(names.filter((name) => /\d/.test(name))).toEqual([]);
});

test("a mask gives the same list again, also after more masks than are remembered", () => {
  const names = new CapabilityNames();
  expect(names.of(5n)).toBe(names.of(5n));
  for (let mask = 0n; mask < 1000n; mask++) expect(names.of(mask)).toEqual(capabilityNames(mask));
});
