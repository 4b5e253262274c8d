import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import {
  ecsCatalogue,
  FieldSlots,
  isJsonObject,
  type Json,
  type JsonObject,
  ParsedEvent,
} from "@tallyman/ecs";
import { prepareRules, type ReadyRule } from "@tallyman/engine";
import { type CheckedExpression, compile, possibly } from "@tallyman/languages";
import { compileIndexPatterns, loadRules, type Rule } from "@tallyman/rules";
import { rehearsalDocuments } from "@tallyman/sensor";
import { documentAliases } from "@tallyman/session-model";
import { foreignFormats } from "@tallyman/telemetry";
import { readRuleFiles } from "../../apps/tallyman/src/rule-files/read-rule-files.ts";
import { readyAlias } from "../../packages/engine/src/routing/index-alias.ts";
import { documentsOf, lineRecord, recordedLines } from "../../packages/telemetry/src/testing/recording.ts";
import { root } from "../repository.ts";
import type { CheckResult } from "./check-result.ts";

/** Where users read the counts. */
const page = "docs/telemetry/README.md";

/** Sets of rules by their place in the corpus. */
const ruleSets: Readonly<Record<string, string>> = {
  "rules/linux": "rules/linux",
  "rules/cross-platform": "rules/cross-platform",
  "rules/integrations/cloud_defend": "rules/integrations/cloud_defend",
};

/**
 * Counts which of Elastic's rules each foreign format can feed: every condition of the rule may hold for some kind of event that a session of the format gives, when
 * the fields which that has may have any value and all others are absent. What the documentation says of that must be so.
 */
export function checkFedRules(shared: string): CheckResult {
  const sources = kindsBySource();
  const text = readFileSync(join(root, page), "utf8");
  const failed: string[] = [];
  const rows: string[] = [];
  for (const [name, kinds] of Object.entries(sources)) {
    const counts = Object.values(ruleSets).map((folder) => {
      const ready = readyRules(join(shared, "corpus", "detection-rules", folder));
      return ready.filter((rule) => canFeed(rule, kinds)).length;
    });
    const own = readyRules(join(root, "rules"));
    const row = `| ${name} | ${own.filter((rule) => canFeed(rule, kinds)).length} | ${counts.join(" | ")} |`;
    rows.push(row);
    if (!text.includes(row)) failed.push(`${page} lacks: ${row}`);
  }
  const all = Object.values(ruleSets).map(
    (folder) => readyRules(join(shared, "corpus", "detection-rules", folder)).length,
  );
  return {
    passed: rows.length - failed.length,
    failed,
    notes: [`of ${readyRules(join(root, "rules")).length}, ${all.join(", ")}:`, ...rows],
  };
}

/** What the events of one action have in common, and which other fields they have. */
interface EventKind {
  /** The names of its index. */
  readonly names: readonly string[];
  /** The fields that say what kind it is, with their values. */
  readonly fixed: JsonObject;
  readonly fields: ReadonlySet<string>;
}

function kindsBySource(): Readonly<Record<string, readonly EventKind[]>> {
  const lines = recordedLines("auditd-enriched.log.gz").map(lineRecord);
  const parsed = (name: string) => recordedLines(name).map((line) => JSON.parse(line) as JsonObject);
  const example = gunzipSync(
    readFileSync(join(root, "examples", "six-attacks", "events.ndjson.gz")),
  ).toString();
  return {
    // The recording is older than some kinds and fields, and has them filled.
    "the built-in sensor": kindsOf([
      ...rehearsalDocuments(2),
      ...example
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as JsonObject),
    ]),
    Falco: kindsOf(documentsOf(foreignFormats.falco.open("0"), parsed("falco.ndjson"))),
    auditd: kindsOf(documentsOf(foreignFormats.auditd.open("0"), lines)),
    Tetragon: kindsOf(documentsOf(foreignFormats.tetragon.open("0"), parsed("tetragon.ndjson"))),
  };
}

const fixedPaths: ReadonlySet<string> = new Set([
  ...[
    "event.action",
    "event.category",
    "event.type",
    "event.kind",
    "event.module",
    "event.dataset",
    "event.outcome",
  ],
  ...["data_stream.type", "data_stream.dataset", "data_stream.namespace", "host.os.type", "agent.type"],
  ...["event.provider", "network.direction", "network.transport", "network.type"],
]);

function kindsOf(documents: readonly JsonObject[]): readonly EventKind[] {
  const kinds = new Map<string, { names: readonly string[]; fixed: JsonObject; fields: Set<string> }>();
  for (const document of documents) {
    const leaves = leavesOf(document);
    const fixed = Object.fromEntries([...leaves].filter(([path]) => fixedPaths.has(path)));
    const names = namesOf(`logs-${fixed["data_stream.dataset"]}-default`, document);
    const key = JSON.stringify([names, fixed]);
    const kind = kinds.get(key) ?? { names, fixed, fields: new Set<string>() };
    for (const path of leaves.keys()) if (!fixedPaths.has(path)) kind.fields.add(path);
    kinds.set(key, kind);
  }
  return [...kinds.values()];
}

const slots = new FieldSlots();
const aliases = documentAliases.map((alias) => readyAlias(alias, ecsCatalogue(), slots));

function namesOf(index: string, document: JsonObject): readonly string[] {
  const event = new ParsedEvent(document, slots);
  const others = aliases
    .filter(({ filter }) => filter.matches(event, 0))
    .map(({ nameFor }) => nameFor(index));
  return [index, ...others.filter((name) => name !== undefined)];
}

/** The values of a document by their dotted names. */
function leavesOf(value: Json | undefined, path = "", leaves = new Map<string, Json>()): Map<string, Json> {
  if (isJsonObject(value)) {
    for (const [name, member] of Object.entries(value))
      leavesOf(member, path === "" ? name : `${path}.${name}`, leaves);
  } else if (Array.isArray(value) && value.some(isJsonObject)) {
    for (const element of value) leavesOf(element, path, leaves);
  } else if (value !== undefined && value !== null) leaves.set(path, value);
  return leaves;
}

function readyRules(folder: string): readonly ReadyRule[] {
  const { rules } = loadRules(readRuleFiles([folder]).files);
  const live = rules.filter(({ metadata }) => metadata["maturity"] !== "deprecated");
  return prepareRules(live, ecsCatalogue(), new FieldSlots()).ready;
}

function canFeed({ rule, conditions }: ReadyRule, kinds: readonly EventKind[]): boolean {
  const selects = compileIndexPatterns(indexOf(rule));
  const read = kinds.filter(({ names }) => names.some(selects));
  const newTerms = rule.type === "new_terms" ? rule.new_terms_fields : [];
  return (
    conditions.length > 0 &&
    conditions.every(({ expression }) =>
      read.some(
        ({ fields, fixed }) =>
          newTerms.every((name) => fields.has(name)) && mayHold(expression, fields, fixed),
      ),
    )
  );
}

function indexOf(rule: Rule): readonly string[] {
  return "index" in rule && rule.index !== undefined ? rule.index : [];
}

function mayHold(expression: CheckedExpression, fields: ReadonlySet<string>, fixed: JsonObject): boolean {
  const isOpen = (part: CheckedExpression): boolean => isAnyOf(part, fields);
  const slots = new FieldSlots();
  return compile(possibly(expression, isOpen), slots).matches(new ParsedEvent(fixed, slots), 0);
}

/** True for a condition on fields that may have any value, and for what such a one stands in. */
function isAnyOf(part: CheckedExpression, fields: ReadonlySet<string>): boolean {
  switch (part.kind) {
    case "and":
    case "or":
      return part.operands.some((operand) => isAnyOf(operand, fields));
    case "not":
      return isAnyOf(part.operand, fields);
    case "test":
    case "exists":
      return fields.has(part.path);
    case "script":
      return part.inputs.some((input) => input.kind === "field" && fields.has(input.path));
    case "constant":
      return false;
    case "nested":
    case "any-element":
    case "any-field":
    case "related":
      return true;
  }
}
