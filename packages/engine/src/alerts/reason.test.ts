import type { JsonObject } from "@tallyman/ecs";
import { expect, test } from "vitest";
import { reasonOf } from "./reason.ts";

const rating = { name: "Some Rule", severity: "high", riskScore: 73 } as const;

test.for<{ event: JsonObject; want: string }>([
  { event: {}, want: "event created high alert Some Rule." },
  {
    event: {
      event: { category: ["process"] },
      process: { name: "bash", parent: { name: "runc" } },
      user: { name: "root" },
      host: { name: "web-1" },
    },
    want: "process event with process bash, parent process runc, by root on web-1 created high alert Some Rule.",
  },
  {
    event: {
      "event.category": ["network", "session"],
      source: { ip: "10.0.0.1", port: 4000 },
      destination: { ip: "10.0.0.2" },
      file: { name: "" },
    },
    want: "network,session event with source 10.0.0.1:4000, destination 10.0.0.2, created high alert Some Rule.",
  },
  {
    event: { event: { category: "file" }, file: { name: "x".repeat(500) } },
    want: `file event with file ${"x".repeat(200)}…, created high alert Some Rule.`,
  },
])("$want", ({ event, want }) => {
  expect(reasonOf(event, rating)).toBe(want);
});
