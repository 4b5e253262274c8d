import type { JsonObject } from "@tallyman/ecs";
import type { Alert } from "@tallyman/engine";
import { expect, test } from "vitest";
import { type AlertFacts, factsOf } from "./alert-facts.ts";

function factsOfDocument(document: JsonObject): AlertFacts {
  return factsOf({ document, reason: "a reason" } as unknown as Alert, "→");
}

test("what a group of events has come to", () => {
  const result = {
    count: 12,
    terms: [{ field: "source.ip", value: "192.0.2.1" }],
    from: "2024-05-01T00:00:00Z",
  };
  const cardinality = [{ field: "destination.port", value: 250 }];
  const subject = (threshold_result: JsonObject) =>
    factsOfDocument({ "kibana.alert.threshold_result": threshold_result, "host.name": "h" }).subject;
  expect(subject(result)).toBe("12 events with source.ip=192.0.2.1");
  expect(subject({ ...result, cardinality })).toBe(
    "12 events with source.ip=192.0.2.1 and 250 values of destination.port",
  );
  expect(subject({ count: 1, terms: [] })).toBe("1 event");
});

test("what an event equals, by feed; what is no match of a rule is not told", () => {
  const match = (atomic: string, feed: JsonObject, type = "indicator_match_rule") => ({
    matched: { atomic, type },
    feed,
  });
  const enrichments = [
    match("192.0.2.7", { name: "abuse" }),
    match("192.0.2.7", { name: "abuse" }),
    match("example.org", {}),
    match("earlier", {}, "investigation_time"),
    "odd",
  ];
  expect(factsOfDocument({ threat: { enrichments }, "event.action": "connect" })).toEqual({
    subject: "connect",
    details: [{ label: "indicator", values: ["192.0.2.7 in abuse", "example.org"] }],
  });
});

test("what a job of machine learning has found", () => {
  const record = { result_type: "record", job_id: "rare", record_score: 75.4, user: { name: ["root"] } };
  expect(factsOfDocument({ ...record, "kibana.alert.rule.type": "machine_learning" })).toEqual({
    subject: "anomaly of rare, score 75",
    details: [{ label: "user", values: ["root"] }],
  });
  expect(factsOfDocument({ job_id: "rare" }).subject).toBe("a reason");
  // Whoever writes events may call fields so.
  expect(factsOfDocument({ ...record, "kibana.alert.rule.type": "query" }).subject).toBe("a reason");
});
