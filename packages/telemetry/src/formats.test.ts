import type { JsonObject } from "@tallyman/ecs";
import { expect, test } from "vitest";
import { type ForeignFormatId, foreignFormats, formatOfLine, formatOfObject } from "./formats.ts";
import { lineRecord, recordedLines } from "./testing/recording.ts";

const recorded: Readonly<Record<ForeignFormatId, readonly JsonObject[]>> = {
  auditd: recordedLines("auditd-raw.log.gz").map(lineRecord),
  tetragon: recordedLines("tetragon.ndjson").map((line) => JSON.parse(line) as JsonObject),
  falco: recordedLines("falco.ndjson").map((line) => JSON.parse(line) as JsonObject),
};

test.for(Object.keys(foreignFormats) as ForeignFormatId[])(
  "each record of %s shows its format and its time",
  (id) => {
    for (const record of recorded[id]) {
      const format = id === "auditd" ? formatOfLine(record["message"] as string) : formatOfObject(record);
      expect(format).toBe(id);
      expect(foreignFormats[id].timestampOf(record)?.ms).toBeGreaterThan(1.79e12);
    }
  },
);

test.for<[JsonObject]>([
  [{}],
  [{ "@timestamp": "2026-01-01", process: { pid: 1 } }],
  [{ "@timestamp": "2026-01-01", rule: "x", output_fields: {} }],
  [{ rule: { name: "x" }, output_fields: {} }],
  [{ process_exec: 7 }],
])("%j shows none", ([record]) => {
  expect(formatOfObject(record)).toBeUndefined();
});

test("a line of another log shows none", () => {
  expect(formatOfLine("Nov 24 12:00:00 web-1 sshd[1]: Accepted publickey for anna")).toBeUndefined();
});

test("hosts and processes are limited, and what is forgotten is counted", () => {
  const reader = foreignFormats.tetragon.open("1");
  for (let i = 0; i < 100; i++) {
    reader.take({
      process_exec: { process: { pid: 7, binary: "/bin/x" } },
      node_name: `n${i}`,
      time: "2026-01-01",
    });
  }
  expect(reader.report()).toMatchObject({ hosts: 32, forgottenHosts: 68 });
  for (let i = 0; i < 20_000; i++) {
    reader.take({
      process_exec: { process: { pid: 100 + i, binary: "/bin/x" } },
      node_name: "n99",
      time: "2026-01-01",
    });
  }
  expect(reader.report().forgottenProcesses).toBe(20_001 - 16_384);
});
