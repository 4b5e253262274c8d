import { expect, test } from "vitest";
import { UsageError } from "../exit-code.ts";
import { parseEventChoice } from "./sensor-flags.ts";
import { sourcesFor } from "./start-sensor.ts";

test.each([
  ["process", { network: false, files: false }],
  ["process,file", { network: false, files: true }],
  ["network, process", { network: true, files: false }],
  ["process,network,file", { network: true, files: true }],
  ["network", undefined],
  ["process,", undefined],
  ["Process", undefined],
])("--events %s", (text, choice) => {
  expect(parseEventChoice(text)).toEqual(choice);
});

test.each([
  [{}, ["ebpf", "audit", "proc-connector"]],
  [{ source: "ebpf" }, ["ebpf"]],
  [{ source: "audit", allowAudit: true }, ["audit"]],
  [{ source: "proc-connector" }, ["proc-connector"]],
] as const)("with %j the sources are %j", (flags, names) => {
  expect(sourcesFor(flags).map(({ name }) => name)).toEqual(names);
});

test("audit alone takes its permission", () => {
  expect(() => sourcesFor({ source: "audit" })).toThrow(UsageError);
});
