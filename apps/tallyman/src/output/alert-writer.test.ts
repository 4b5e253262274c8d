import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type AlertFormat, createAlertWriter } from "./alert-writer.ts";
import { openOutputFile } from "./output-stream.ts";
import { runSample } from "./testing/sample-alerts.ts";
import { sampleTerminal } from "./testing/sample-terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "tallyman-alerts-"));
afterAll(() => rmSync(folder, { recursive: true }));

const { alerts } = runSample();

/** What stands in the file after so many of the sample's alerts. */
function written(format: AlertFormat, count: number) {
  const path = join(folder, `${format}-${count}`);
  const writer = createAlertWriter(format, openOutputFile(path, []), sampleTerminal());
  for (const alert of alerts.slice(0, count)) writer.write(alert);
  writer.close();
  writer.close();
  return { text: readFileSync(path, "utf8"), hidden: writer.hidden };
}

test("NDJSON has each alert's document in a line, building blocks included", () => {
  const lines = written("ndjson", alerts.length).text.split("\n");
  expect(lines.pop()).toBe("");
  expect(lines.map((line) => JSON.parse(line))).toEqual(alerts.map(({ document }) => document));
});

test.for([0, 1, alerts.length])("JSON is one array after %i alerts", (count) => {
  const { text } = written("json", count);
  expect(JSON.parse(text)).toEqual(alerts.slice(0, count).map(({ document }) => document));
  expect(text.endsWith("]\n")).toBe(true);
});

test("the table leaves building blocks out and counts them", () => {
  const { text, hidden } = written("table", alerts.length);
  expect(hidden).toBe(2);
  expect(text).not.toContain("Any process of a container");
  expect(text).toContain("Interactive shell in a container");
});

test("no alerts are no text, save for JSON", () => {
  expect([written("table", 0).text, written("ndjson", 0).text, written("json", 0).text]).toEqual([
    "",
    "",
    "[]\n",
  ]);
});

test("what is lost on a full disk is counted in alerts", () => {
  const output = openOutputFile("/dev/full", [], { nowMs: () => Number.NEGATIVE_INFINITY });
  const writer = createAlertWriter("json", output, sampleTerminal());
  for (const alert of alerts) writer.write(alert);
  expect(() => writer.close()).toThrow(expect.objectContaining({ lost: alerts.length }));
  writer.close();
});

test("a later state of an alert has lines of its own, and no alert", () => {
  const path = join(folder, "update");
  const writer = createAlertWriter("table", openOutputFile(path, []), sampleTerminal());
  const [alert] = alerts;
  if (alert === undefined) throw new Error("the sample has no alert");
  const suppression = {
    "kibana.alert.suppression.docs_count": 41,
    "kibana.alert.suppression.start": "2026-11-25T10:14:03.000Z",
    "kibana.alert.suppression.end": "2026-11-25T10:44:03.000Z",
    "kibana.alert.suppression.terms": [
      { field: "host.name", value: "web-1\u001b[31m" },
      { field: "process.args", value: ["a", "b"] },
      { field: "user.name", value: null },
    ],
  };
  writer.write({
    ...alert,
    ruleName: "A rule",
    isUpdate: true,
    document: { ...alert.document, ...suppression },
  });
  writer.close();
  expect(readFileSync(path, "utf8")).toBe(
    "2026-11-25 UTC\n\n10:44:03  41 more alerts since 10:14:03: A rule\n          host.name web-1\\x1b[31m  process.args a,b  user.name none\n",
  );
});
