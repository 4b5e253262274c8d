import type { JsonObject } from "@tallyman/ecs";
import type { Alert } from "@tallyman/engine";
import fc from "fast-check";
import { expect, test } from "vitest";
import { startAlertTable } from "./alert-table.ts";
import { createAlertWriter } from "./alert-writer.ts";
import type { Output } from "./output-stream.ts";
import { hostileFragments } from "./testing/hostile-text.ts";
import { runSample, sampleEvents } from "./testing/sample-alerts.ts";
import { golden, goldenLooks, type SampleTerminal, sampleTerminal } from "./testing/sample-terminal.ts";
import { untamed } from "./testing/untamed.ts";

/** The table of the alerts that events raise, as it is written. */
function tableOf(events: readonly JsonObject[], settings: SampleTerminal = {}): string {
  let text = "";
  const output: Output = { write: (part) => (text += part), flush() {}, close() {} };
  const writer = createAlertWriter("table", output, sampleTerminal(settings));
  for (const alert of runSample(events).alerts) writer.write(alert);
  return text;
}

test.for(goldenLooks)("alerts look like golden/alerts-%s.txt", async ([name, settings]) => {
  const text = tableOf(sampleEvents, settings);
  expect(untamed(text, settings.width ?? 80)).toEqual([]);
  await expect(golden(text)).toMatchFileSnapshot(`golden/alerts-${name}.txt`);
});

/** The table's lines for one event, below the date. */
function linesOf(event: JsonObject, width = 200): readonly string[] {
  return tableOf([event], { width }).trimEnd().split("\n").slice(2);
}

/** An event for which a rule raises an alert, with other fields. */
function action(fields: JsonObject): JsonObject {
  return {
    "@timestamp": "2026-11-25T10:00:00Z",
    data_stream: { dataset: "aws.cloudtrail" },
    "event.action": "CreateAccessKey",
    ...fields,
  };
}

test.for<[title: string, fields: JsonObject, subject: string]>([
  ["an action", {}, "CreateAccessKey"],
  ["a login", { "event.category": "authentication", process: { name: "sshd" } }, "CreateAccessKey"],
  ["a process", { process: { command_line: "id -u", executable: "/bin/id" } }, "id -u"],
  ["a process without command line", { process: { args: ["id", "-u"] } }, "id -u"],
  ["a file of a process", { file: { path: "/etc/x" }, "process.name": "vi" }, "CreateAccessKey /etc/x"],
  [
    "a process event with a file",
    { "event.category": ["process"], "file.path": "/etc/x", "process.name": "vi" },
    "vi",
  ],
  [
    "a renamed file",
    { file: { path: "/b", Ext: { original: { path: "/a" } } }, "event.category": "file" },
    "CreateAccessKey /a → /b",
  ],
  [
    "a connection",
    { destination: { ip: "::1", port: 22 }, source: { ip: "10.0.0.1" } },
    "10.0.0.1 → [::1]:22",
  ],
  [
    "a name that is looked up",
    { "dns.question.name": "evil.example", "event.category": "network" },
    "dns evil.example",
  ],
  ["a registry value", { "registry.path": "HKLM\\Run\\x" }, "HKLM\\Run\\x"],
])("%s is shown by what it is about", ([, fields, subject]) => {
  expect(linesOf(action(fields))[1]).toBe(`          ${subject}`);
});

test("a detail with spaces is quoted, so that it cannot pass for another detail", () => {
  const lines = linesOf(action({ user: { name: 'eve  host "safe"' }, host: { name: "web-1" } }));
  expect(lines[2]).toBe('          user "eve  host \\"safe\\""  host web-1');
});

test("an alert for a sequence shows each event, and what they have in common", () => {
  const lines = tableOf(sampleEvents.slice(0, 2)).split("\n");
  const start = lines.findIndex((line) => line.endsWith("Egress after an interactive shell"));
  expect(lines.slice(start)).toEqual([
    "10:14:41  high       73  Egress after an interactive shell",
    "          10:14:03  bash -i",
    "          10:14:41  172.17.0.2:41822 → 203.0.113.9:443 (paste.example) tcp",
    "          user root  host web-1  container checkout 3f2a91c04b77",
    "",
  ]);
});

test("of a long sequence the first events are shown", () => {
  const [alert] = runSample([action({})]).alerts as [Alert];
  const inGroup = (id: string): Alert => ({
    ...alert,
    document: { ...alert.document, "kibana.alert.group.id": id },
  });
  const table = startAlertTable(sampleTerminal());
  table.hold(inGroup("earlier"));
  for (let i = 0; i < 12; i++) table.hold(inGroup("a"));
  const lines = table.render(inGroup("a")).trimEnd().split("\n").slice(3);
  expect(lines.filter((line) => line.includes("10:00:00"))).toHaveLength(8);
  expect(lines.at(-1)).toBe("          … 4 more events");
  expect(table.render(inGroup("b"))).not.toContain("more events");
});

test("the date stands above the first alert of a day, and again when a late one comes", () => {
  const at = (time: string) => action({ "@timestamp": time });
  const dates = tableOf([
    at("2026-11-25T10:00:00Z"),
    at("2026-11-25T23:59:59Z"),
    at("2026-11-26T00:00:00Z"),
    at("2026-11-25T09:00:00Z"),
  ])
    .split("\n")
    .filter((line) => line.endsWith("UTC"));
  expect(dates).toEqual(["2026-11-25 UTC", "2026-11-26 UTC", "2026-11-25 UTC"]);
});

test("an alert without a time has none", () => {
  const [alert] = runSample([action({})]).alerts as [Alert];
  const text = startAlertTable(sampleTerminal()).render({
    ...alert,
    eventTimeMs: undefined,
  });
  expect(text.split("\n")[0]).toBe("--:--:--  high       73  Access key made for another user");
});

test("details that find no place are not left out in silence", () => {
  const long = (label: string) => `${label}-${"x".repeat(60)}`;
  const lines = linesOf(
    action({
      user: { name: long("u") },
      host: { name: long("h") },
      "container.id": "c",
      cloud: { region: long("r") },
      "process.parent.name": long("p"),
    }),
    60,
  );
  expect(lines.at(-1)).toMatch(/…$/);
});

test("whatever stands in an event, no line is too wide or acts on the terminal", () => {
  const fragment = fc.oneof(
    fc.constantFrom(...hostileFragments),
    fc.string({ unit: "binary", maxLength: 8 }),
  );
  const text = fc.array(fragment, { maxLength: 8 }).map((fragments) => fragments.join(""));
  const texts = fc.array(text, { minLength: 9, maxLength: 9 }) as fc.Arbitrary<string[]>;
  const looks = fc.record({
    width: fc.integer({ min: 40, max: 220 }),
    color: fc.boolean(),
    unicode: fc.boolean(),
  });
  const { alerts } = runSample([action({})]);
  fc.assert(
    fc.property(
      texts,
      looks,
      ([a = "", b = "", c = "", d = "", e = "", f = "", g = "", h = "", i = ""], look) => {
        const documents: readonly JsonObject[] = [
          {
            process: { command_line: a, parent: { command_line: b } },
            user: { name: c, domain: d },
            host: { name: e },
          },
          { file: { path: f }, process: { name: g }, container: { name: h, id: i } },
          { destination: { address: a, port: b, domain: c }, event: { outcome: "failure", action: d } },
          {
            "kibana.alert.new_terms": [a, b],
            "kibana.alert.rule.parameters": { new_terms_fields: [c, "user.name"] },
          },
        ];
        const table = startAlertTable(sampleTerminal(look));
        for (const alert of alerts) {
          for (const document of documents) {
            table.hold({ ...alert, document });
            expect(untamed(table.render({ ...alert, ruleName: e, reason: f, document }), look.width)).toEqual(
              [],
            );
          }
        }
      },
    ),
    { numRuns: 30 },
  );
});

test("a field of a megabyte takes two lines", () => {
  expect(
    linesOf(action({ process: { command_line: `sh ${"\u001b[2J".repeat(250_000)}` } }), 80),
  ).toHaveLength(3);
});
