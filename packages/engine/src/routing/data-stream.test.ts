import { FieldSlots, type JsonObject, ParsedEvent } from "@tallyman/ecs";
import { expect, test } from "vitest";
import { IndexNames } from "./data-stream.ts";

test.for<{ event: JsonObject; storedIn?: string; given?: string; want: string | undefined }>([
  { event: { data_stream: { type: "logs", dataset: "a.b", namespace: "prod" } }, want: "logs-a.b-prod" },
  { event: { data_stream: { dataset: "a.b" }, event: { dataset: "c" } }, want: "logs-a.b-default" },
  { event: { "data_stream.dataset": "a.b" }, want: "logs-a.b-default" },
  { event: { event: { dataset: "system.auth", module: "system" } }, want: "logs-system.auth-default" },
  { event: { event: { module: "okta" } }, want: "logs-okta-default" },
  {
    event: { event: { dataset: "system.auth" }, agent: { type: "filebeat", version: "8.1.0" } },
    want: "filebeat-8.1.0",
  },
  { event: { agent: { type: "winlogbeat" } }, want: "winlogbeat-8" },
  { event: { agent: { type: "endpoint" } }, want: undefined },
  { event: {}, want: undefined },
  { event: { data_stream: { dataset: "" }, event: { dataset: "x".repeat(300) } }, want: undefined },
  { event: { data_stream: { dataset: "a" } }, storedIn: "my-index", want: "my-index" },
  { event: {}, storedIn: ".ds-logs-a.b-default-2024.05.01-000012", want: "logs-a.b-default" },
  { event: { data_stream: { dataset: "a" } }, storedIn: "x", given: "y", want: "y" },
])("$event stored in $storedIn, named $given, is of $want", ({ event, storedIn, given, want }) => {
  const slots = new FieldSlots();
  const names = new IndexNames(slots);
  expect(names.nameOf(new ParsedEvent(event, slots), storedIn, given)).toBe(want);
});
