import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ecsCatalogue, FieldSlots, isJsonObject, type Json, type JsonObject } from "@tallyman/ecs";
import { Engine, MemoryFirstSeenStore, type PreparedRules, prepareRules } from "@tallyman/engine";
import { loadRules, type Rule } from "@tallyman/rules";
import { parse } from "smol-toml";
import { readRuleFiles } from "../../apps/tallyman/src/rule-files/read-rule-files.ts";
import type { CheckResult } from "./check-result.ts";

/** A file of fired-rules/: events that a public rule raises alerts for, and events beside them that it must not. README.md there says more. */
interface RuleCases {
  readonly rule_id: string;
  readonly about: string;
  readonly event?: JsonObject;
  readonly kind?: Readonly<Record<string, JsonObject>>;
  readonly case: readonly RuleCase[];
}

interface RuleCase {
  readonly about: string;
  readonly every?: string;
  readonly events: readonly JsonObject[];
  readonly alerts?: readonly (number | ExpectedAlert)[];
  readonly sequences?: readonly (readonly number[])[];
}

interface ExpectedAlert {
  readonly event: number;
  readonly document: JsonObject;
}

const folder = new URL("fired-rules/", import.meta.url);
const start = Date.UTC(2024, 4, 1);

/** More than any case has. */
const eventsMax = 1000;

/** Plays hand-written events to rules of the corpus, and compares which of them raise alerts with what Elastic's engine would do. */
export function checkFiredRules(shared: string): CheckResult {
  const files = readCases();
  const rules = loadPlayedRules(shared, new Set(files.map(({ cases }) => cases.rule_id)));
  const failed: string[] = [];
  let passed = 0;
  let events = 0;
  for (const { path, cases } of files) {
    const rule = rules.get(cases.rule_id);
    const prepared = rule && prepareRules([rule], ecsCatalogue(), new FieldSlots());
    if (prepared?.ready.length !== 1) {
      failed.push(`${path}: ${prepared?.idle[0]?.reason ?? `the corpus has no rule ${cases.rule_id}`}`);
      continue;
    }
    for (const given of cases.case) {
      const found = difference(play(prepared, cases, given), given);
      events += given.events.length;
      if (found === undefined) passed += 1;
      else failed.push(`${path}: ${given.about} ${found}`);
    }
  }
  return { passed, failed, notes: [`${files.length} rules, ${events} events`] };
}

function readCases(): readonly { readonly path: string; readonly cases: RuleCases }[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".toml"))
    .sort()
    .map((path) => ({
      path,
      cases: parse(readFileSync(new URL(path, folder), "utf8")) as unknown as RuleCases,
    }));
}

/** The rules of these ids. Only their files are loaded, since the corpus holds thousands. */
function loadPlayedRules(shared: string, ids: ReadonlySet<string>): ReadonlyMap<string, Rule> {
  const { files } = readRuleFiles([join(shared, "corpus", "detection-rules")]);
  const wanted = files.filter(({ text }) => ids.has(/^rule_id = "(.+)"$/m.exec(text)?.[1] ?? ""));
  return new Map(loadRules(wanted).rules.map((rule) => [rule.rule_id, rule]));
}

interface Played {
  readonly alerts: readonly { readonly event: number; readonly document: JsonObject }[];
  readonly sequences: readonly (readonly number[])[];
}

function play(prepared: PreparedRules, cases: RuleCases, { events, every = "1s" }: RuleCase): Played {
  const engine = new Engine(prepared, { firstSeen: new MemoryFirstSeenStore([1, 2, 3, 4]) });
  const alerts: { event: number; document: JsonObject }[] = [];
  const sequences: (readonly number[])[] = [];
  let next = 0;
  for (const [i, given] of events.entries()) {
    const offset = typeof given["at"] === "string" ? milliseconds(given["at"]) : next;
    next = offset + milliseconds(every);
    const { index, ...fields } = eventOf(cases, given);
    const document = { "@timestamp": new Date(start + offset).toISOString(), ...fields };
    const incoming = { document, id: `${i + 1}`, ...(typeof index === "string" ? { index } : {}) };
    for (const { document: alert } of engine.process(incoming)) {
      const origin = originOf(alert);
      if (alert["kibana.alert.group.id"] === undefined)
        alerts.push({ event: origin[0] ?? 0, document: alert });
      // Each event of a sequence has a building block too, which has a place in the group.
      else if (alert["kibana.alert.group.index"] === undefined) sequences.push(origin);
    }
  }
  return { alerts, sequences };
}

/** The event that a case describes by what it changes. */
function eventOf(cases: RuleCases, { at: _, kind, without, ...fields }: JsonObject): JsonObject {
  const ofKind = typeof kind === "string" ? cases.kind?.[kind] : {};
  if (ofKind === undefined) throw new Error(`There is no kind '${kind}'`);
  const base = overlay(cases.event ?? {}, ofKind);
  return overlay(Array.isArray(without) ? without.reduce(withoutField, base) : base, fields);
}

/** The numbers of the events that an alert descends from. Building blocks, which stand between them, have no number for an id. */
function originOf(alert: JsonObject): readonly number[] {
  const ancestors = alert["kibana.alert.ancestors"] as unknown as readonly { id: string }[];
  return ancestors.map(({ id }) => Number(id)).filter((id) => id <= eventsMax);
}

/** What is not as the case wants it; undefined when all is. The order of alerts that one event raises is free. */
function difference(found: Played, wanted: RuleCase): string | undefined {
  const wantedAlerts = (wanted.alerts ?? []).map((alert) =>
    typeof alert === "number" ? { event: alert, document: {} } : alert,
  );
  const events = JSON.stringify(found.alerts.map(({ event }) => event));
  const wantedEvents = JSON.stringify(wantedAlerts.map(({ event }) => event));
  if (events !== wantedEvents) return `The events ${events} raise alerts instead of ${wantedEvents}.`;
  const left = [...found.alerts];
  for (const { document, event } of wantedAlerts) {
    const at = left.findIndex((alert) => alert.event === event && holds(alert.document, document));
    if (at < 0) return `No alert of event ${event} has ${JSON.stringify(document)}.`;
    left.splice(at, 1);
  }
  const sequences = JSON.stringify(found.sequences);
  const wantedSequences = JSON.stringify(wanted.sequences ?? []);
  return sequences === wantedSequences
    ? undefined
    : `The sequences are ${sequences} instead of ${wantedSequences}.`;
}

function holds(document: JsonObject, wanted: JsonObject): boolean {
  return Object.entries(wanted).every(
    ([name, value]) => JSON.stringify(document[name]) === JSON.stringify(value),
  );
}

/** The second object's fields over those of the first; objects are merged, everything else is replaced. */
function overlay(under: JsonObject, over: JsonObject): JsonObject {
  const merged: Record<string, Json | undefined> = { ...under };
  for (const [name, value] of Object.entries(over)) {
    const below = merged[name];
    merged[name] = isJsonObject(below) && isJsonObject(value) ? overlay(below, value) : value;
  }
  return merged;
}

function withoutField(document: JsonObject, path: Json): JsonObject {
  const [first = "", ...rest] = String(path).split(".");
  const { [first]: value, ...others } = document;
  if (value === undefined) throw new Error(`There is no field '${first}' to be without`);
  return rest.length > 0 && isJsonObject(value)
    ? { ...others, [first]: withoutField(value, rest.join(".")) }
    : others;
}

/** `1h30m`, `500ms`: a duration of several units. */
function milliseconds(text: string): number {
  const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  return [...text.matchAll(/(\d+)(ms|[smhd])/g)].reduce(
    (sum, [, n, unit]) => sum + Number(n) * (units[unit as string] as number),
    0,
  );
}
