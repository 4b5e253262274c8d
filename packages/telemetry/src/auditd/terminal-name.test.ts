import { expect, test } from "vitest";
import { deviceOfTerminal } from "./terminal-name.ts";

test.for([
  ["(none)", null],
  ["pts0", { major: 136, minor: 0 }],
  ["pts300", { major: 137, minor: 44 }],
  ["ttyS1", { major: 4, minor: 65 }],
  ["tty2", { major: 4, minor: 2 }],
  ["hvc0", undefined],
  ["", undefined],
] as const)("%s", ([name, device]) => {
  expect(deviceOfTerminal(name)).toEqual(device);
});
