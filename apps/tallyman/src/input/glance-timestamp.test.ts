import { type JsonObject, parseTimestamp } from "@tallyman/ecs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { glanceTimestamp } from "./glance-timestamp.ts";

const time = "2026-01-05T08:00:00.123456789Z";

test.for([
  `{"@timestamp":"${time}","a":1}`,
  `{"a":{"b":[1,"}"]},"@timestamp" : "${time}"}`,
  `\n{\n "c": "@timestamp",\n "@timestamp": "${time}"\n}`,
  `{"a":"\\\\","@timestamp":"${time}"}`,
  `{"a":"\\"","@timestamp":"${time}"}`,
  `{"_index":"x","_source":{"a":[],"@timestamp":"${time}"}}`,
  `{"ü":"日本","@timestamp":"${time}"}`,
])("%s shows its time", (text) => {
  expect(glanceTimestamp(Buffer.from(text))).toEqual({
    timestamp: parseTimestamp(time),
    isHit: text.includes("_source"),
  });
});

test.for([
  "{}",
  "",
  "[]",
  `"@timestamp":"${time}"`,
  `{"@timestamp":1767600000000}`,
  `{"@timestamp":"yesterday"}`,
  `{"@timestamp":["${time}"]}`,
  `{"a":{"@timestamp":"${time}"}}`,
  `{"a":{"_source":{"@timestamp":"${time}"}}}`,
  `{"_source":{"a":{"@timestamp":"${time}"}}}`,
  `{"a":"\\"@timestamp\\":\\"${time}\\""}`,
  `{"a":"\\\\\\"@timestamp\\":","b":2}`,
  `{"_source":{},"a":{"@timestamp":"${time}"}}`,
  `[{"@timestamp":"${time}"}]`,
  `{"@timestamp":"`,
  `{"a":"`,
])("%s shows none", (text) => {
  expect(glanceTimestamp(Buffer.from(text))).toBeUndefined();
});

test("the time seen is that of the parsed document", () => {
  const key = fc.constantFrom("a", "@timestamp", "_source", '"', "\\", "é");
  const value = fc.constantFrom(time, "@timestamp", '"@timestamp":', 1, null, "\\");
  const { tree } = fc.letrec<{ tree: JsonObject }>((tie) => ({
    tree: fc.dictionary(
      key,
      fc.oneof({ maxDepth: 3 }, value, fc.array(tie("tree"), { maxLength: 2 }), tie("tree")),
    ),
  }));
  fc.assert(
    fc.property(tree as fc.Arbitrary<JsonObject>, fc.constantFrom(0, 1), (document, indent) => {
      const seen = glanceTimestamp(Buffer.from(JSON.stringify(document, null, indent)));
      if (seen === undefined) return;
      const source = document["_source"] as JsonObject | undefined;
      expect([document["@timestamp"], source?.["@timestamp"]]).toContain(time);
    }),
    { numRuns: 1000 },
  );
});
