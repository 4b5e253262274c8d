import { expect, test } from "vitest";
import { deviceOfPts, deviceOfTtyNumber, isSameDevice, terminalKind } from "./char-device.ts";

test.for([
  [{ major: 136, minor: 0 }, "pts"],
  [{ major: 143, minor: 255 }, "pts"],
  [{ major: 144, minor: 0 }, undefined],
  [{ major: 135, minor: 0 }, undefined],
  [{ major: 4, minor: 0 }, "console"],
  [{ major: 4, minor: 63 }, "console"],
  [{ major: 4, minor: 64 }, "serial"],
  [{ major: 4, minor: 255 }, "serial"],
  [{ major: 4, minor: 256 }, undefined],
  [{ major: 5, minor: 1 }, undefined],
  [{ major: 1, minor: 3 }, undefined],
  [null, undefined],
  [undefined, undefined],
] as const)("%j is of kind %s", ([device, kind]) => {
  expect(terminalKind(device)).toBe(kind);
});

// A reader that keeps four bits of the major number makes 8 of 136.
test.for([
  [0, null],
  [34816, { major: 136, minor: 0 }],
  [34821, { major: 136, minor: 5 }],
  [1025, { major: 4, minor: 1 }],
  [1088, { major: 4, minor: 64 }],
  [(137 << 8) | 44, { major: 137, minor: 44 }],
  [0x00100000 | (136 << 8) | 1, { major: 136, minor: 257 }],
] as const)("tty_nr %d is %j", ([number, device]) => {
  expect(deviceOfTtyNumber(number)).toEqual(device);
});

test.for([
  [0, { major: 136, minor: 0 }],
  [255, { major: 136, minor: 255 }],
  [256, { major: 137, minor: 0 }],
  [300, { major: 137, minor: 44 }],
] as const)("/dev/pts/%d is %j", ([number, device]) => {
  expect(deviceOfPts(number)).toEqual(device);
});

test("no terminal is not an unknown terminal", () => {
  expect(isSameDevice(null, null)).toBe(true);
  expect(isSameDevice(null, undefined)).toBe(false);
  expect(isSameDevice({ major: 136, minor: 0 }, { major: 136, minor: 0 })).toBe(true);
  expect(isSameDevice({ major: 136, minor: 0 }, { major: 136, minor: 1 })).toBe(false);
  expect(isSameDevice({ major: 136, minor: 0 }, null)).toBe(false);
});
