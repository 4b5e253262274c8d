import { readdirSync, readFileSync } from "node:fs";
import { ecsCatalogue, FieldSlots, type Json, type JsonObject } from "@tallyman/ecs";
import {
  type Alert,
  Engine,
  MemoryFirstSeenStore,
  prepareRules,
  restoreFirstSeen,
  saveFirstSeen,
} from "@tallyman/engine";
import { renderDiagnostic } from "@tallyman/languages";
import { loadExceptions, loadRules } from "@tallyman/rules";
import { parse } from "smol-toml";
import { describe, expect, test } from "vitest";

/** The cases of conformance/rule-types; README.md says what they hold. */
interface RuleTypeCases {
  readonly about: string;
  readonly rule: JsonObject;
  readonly case: readonly RuleTypeCase[];
}

interface RuleTypeCase {
  readonly about: string;
  readonly rule?: JsonObject;
  readonly index?: string;
  readonly learn?: number;
  readonly learn_for?: string;
  readonly restart_after?: readonly number[];
  /** The text of a file of exceptions, in TOML or as Kibana exports them. */
  readonly exceptions?: string;
  readonly events: readonly JsonObject[];
  readonly alerts?: readonly {
    readonly event: number;
    readonly new_terms?: Json;
    readonly document?: JsonObject;
    /** True for a later state of an alert; `event` is the one that it was raised for. */
    readonly update?: boolean;
  }[];
  /** For eql: the numbers of the events of each sequence or sample, in the order in which they are found. */
  readonly sequences?: readonly (readonly number[])[];
  readonly counts?: Readonly<Record<string, number>>;
}

const start = Date.UTC(2024, 4, 1);

/** What every rule must have, so that a case can leave it out; endpoint rules have other keys. */
const ordinary: JsonObject = {
  rule_id: "case",
  name: "case",
  description: "A case.",
  risk_score: 47,
  severity: "medium",
  index: ["logs-*"],
};

const folder = new URL("rule-types/", import.meta.url);

for (const type of readdirSync(folder)) {
  for (const file of readdirSync(new URL(`${type}/`, folder))) {
    const cases = parse(readFileSync(new URL(`${type}/${file}`, folder), "utf8")) as unknown as RuleTypeCases;
    describe(`${type}/${file}: ${cases.about}`, () => {
      test.for([...cases.case])("$about", (given) => {
        const own = { ...cases.rule, ...given.rule };
        const { alerts, counts, sequences } = run({ ...("os_list" in own ? {} : ordinary), ...own }, given);
        expect(sequences).toEqual(given.sequences ?? []);
        const wanted = (given.alerts ?? []).map(({ event, new_terms, document, update = false }) => ({
          event,
          update,
          ...(new_terms === undefined ? {} : { new_terms }),
          ...(document === undefined ? {} : { document: expect.objectContaining(document) }),
        }));
        expect(alerts).toEqual(wanted.map((want) => expect.objectContaining(want)));
        expect(counts).toMatchObject(given.counts ?? {});
      });
    });
  }
}

function run(rule: JsonObject, given: RuleTypeCase) {
  let firstSeen = new MemoryFirstSeenStore([1, 2, 3, 4]);
  const startEngine = () => {
    const loaded = loadRules([{ path: "rule.json", text: JSON.stringify(rule) }]);
    const text = given.exceptions ?? "";
    const path = text.startsWith("{") ? "exceptions.ndjson" : "exceptions.toml";
    const exceptions = loadExceptions({
      files: text === "" ? [] : [{ path, text }],
      readValueFile: () => ({ problem: "there are no files here" }),
    });
    const prepared = prepareRules(loaded.rules, ecsCatalogue(), new FieldSlots(), exceptions);
    const errors = [...loaded.diagnostics, ...prepared.diagnostics, ...prepared.exceptionDiagnostics].filter(
      ({ severity }) => severity === "error",
    );
    expect(errors.map((error) => renderDiagnostic(error))).toEqual([]);
    return new Engine(prepared, {
      firstSeen,
      ...(given.index === undefined ? {} : { indexName: given.index }),
      learnForMs: given.learn_for === undefined ? 0 : milliseconds(given.learn_for),
    });
  };
  let engine = startEngine();
  const engines = [engine];
  const alerts: {
    event: number;
    update: boolean;
    new_terms: Json | undefined;
    document: JsonObject;
  }[] = [];
  const sequences: number[][] = [];
  let sequence: number[] = [];
  /** The event that each alert was raised for. */
  const raisedFor = new Map<string, number>();
  const take = (found: readonly Alert[], event: number): void => {
    for (const { document, id, isUpdate = false } of found) {
      const ancestors = document["kibana.alert.ancestors"] as { id: string }[];
      if (document["kibana.alert.group.index"] !== undefined) sequence.push(Number(ancestors[0]?.id));
      else if (document["kibana.alert.group.id"] !== undefined && !isUpdate) {
        sequences.push(sequence);
        sequence = [];
      } else {
        if (!isUpdate) raisedFor.set(id, event);
        alerts.push({
          event: raisedFor.get(id) ?? sequences.length,
          update: isUpdate,
          new_terms: document["kibana.alert.new_terms"],
          document,
        });
      }
    }
  };
  for (const [i, { at, ...fields }] of given.events.entries()) {
    const document: JsonObject = {
      ...(typeof at === "string" ? { "@timestamp": new Date(start + milliseconds(at)).toISOString() } : {}),
      data_stream: { type: "logs", dataset: "test", namespace: "default" },
      ...fields,
    };
    if (i < (given.learn ?? 0)) engine.learn({ document });
    else {
      // Sequences are told by the ids of their events; other rules see what an event without an id does.
      const hasIds = rule["type"] === "eql" || "os_list" in rule;
      take(engine.process(hasIds ? { document, id: String(i + 1) } : { document }), i + 1);
    }
    if (given.restart_after?.includes(i + 1)) {
      firstSeen = restarted(firstSeen);
      const saved = JSON.parse(JSON.stringify(engine.save())) as Json;
      engine = startEngine();
      expect(engine.restore(saved)).toBe(0);
      engines.push(engine);
    }
  }
  take(engine.flush(), 0);
  const counts: Record<string, number> = {};
  for (const { rules, ...rest } of engines.map((each) => each.report())) {
    for (const [name, count] of [
      ...Object.entries(rest),
      ...rules.flatMap((report) => Object.entries(report)),
    ]) {
      if (typeof count === "number") counts[name] = (counts[name] ?? 0) + count;
    }
  }
  return { alerts, counts, sequences };
}

/** `1h30m`, `500ms`: a duration of several units. */
function milliseconds(text: string): number {
  const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  return [...text.matchAll(/(\d+)(ms|[smhd])/g)].reduce(
    (sum, [, n, unit]) => sum + Number(n) * (units[unit as string] as number),
    0,
  );
}

/** What a restart makes of a store: saved, and restored from what was saved. */
function restarted(store: MemoryFirstSeenStore): MemoryFirstSeenStore {
  const restored = restoreFirstSeen([...saveFirstSeen(store)]);
  if ("problem" in restored) throw new Error(restored.problem);
  return restored.store;
}
