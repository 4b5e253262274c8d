import { parseDateMath } from "@tallyman/ecs";
import type { Rule, RuleQuery, Threat, ThreatEntry } from "@tallyman/rules";
import { fit, pad, wrap } from "./fit.ts";
import { type Look, lookOf, type Paint } from "./look.ts";
import { markdownLines } from "./markdown.ts";
import { columnsOf, printable } from "./printable.ts";
import { counted, spanInWords } from "./quantity.ts";
import { indicesReadBy, type ListedRule, reasonOf } from "./rules-table.ts";
import { alignTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** A rule, and other rules that look for the same. */
export interface RulePage extends ListedRule {
  readonly related: readonly Rule[];
}

/** Prose is harder to read in longer lines. */
const proseColumnsMax = 100;

/** What `rules show` prints: everything that a person wants to know of a rule. Lines with line feeds. */
export function renderRulePage(page: RulePage, terminal: Terminal): string {
  const { rule, related } = page;
  const look = lookOf(terminal);
  const columns = Math.min(terminal.width, proseColumnsMax);
  const prose = (text: string) =>
    indented(markdownLines(text, columns - indent.length, terminal, look.strong));
  const list = (items: readonly string[]) => prose(items.map((item) => `- ${item}`).join("\n"));
  const blocks: (readonly string[])[] = [
    wrap(printable(rule.name, terminal), terminal.width).map(look.strong),
    factLines(factsOf(page, look), terminal, look),
    markdownLines(rule.description, columns, terminal, look.strong),
    ...queriesOf(rule).map(([title, query]) =>
      section(`${title} (${query.language})`, codeLines(query.text, terminal), look),
    ),
    section(
      "Filters",
      rule.filters.flatMap(({ value }) => codeLines(JSON.stringify(value), terminal)),
      look,
    ),
    section(
      "Threats",
      rule.threat.flatMap((threat) => threatLines(threat, terminal)),
      look,
    ),
    section("Related rules", relatedLines(rule, related, terminal, look), look),
    section("False positives", list(rule.false_positives), look),
    section("Setup", prose(withoutTitle(rule.setup ?? "", "Setup")), look),
    section("Investigation", prose(rule.note ?? ""), look),
    section("References", list(rule.references), look),
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
}

const indent = "  ";

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => (line === "" ? "" : indent + line));
}

/** A headline over its lines; nothing when there are none. */
function section(title: string, lines: readonly string[], look: Look): readonly string[] {
  return lines.length === 0 ? [] : [look.strong(title), ...lines];
}

/** Many texts begin with the headline that stands over them already. */
function withoutTitle(text: string, title: string): string {
  const trimmed = text.trimStart();
  const heading = `## ${title}\n`;
  return trimmed.startsWith(heading) ? trimmed.slice(heading.length) : text;
}

/** Queries, which are not to be wrapped like prose: each line stands for itself. */
function codeLines(text: string, terminal: Terminal): readonly string[] {
  const lines = text.trim().split(/\r?\n/);
  return indented(lines.flatMap((line) => wrap(printable(line, terminal), terminal.width - indent.length)));
}

interface Fact {
  readonly label: string;
  /** Undefined when there is nothing to say. */
  readonly text: string | undefined;
  readonly paint?: Paint;
}

function statusFact(listed: ListedRule, look: Look): Fact {
  const reason = reasonOf(listed);
  if (reason === undefined) return { label: "status", text: "ready" };
  return {
    label: "status",
    text: listed.reason === undefined ? `ready, ${reason}` : `not run: ${reason}`,
    paint: look.warning,
  };
}

function factsOf(listed: ListedRule, look: Look): readonly Fact[] {
  const { rule } = listed;
  const { line } = rule.source.text.position(rule.source.spanOf([]).start);
  const interval = spanInWords(rule.intervalMs);
  return [
    { label: "id", text: rule.rule_id },
    { label: "file", text: `${rule.source.text.name}:${line}` },
    {
      label: "severity",
      text: `${rule.severity}, risk score ${rule.risk_score}`,
      paint: look.severity[rule.severity],
    },
    { label: "type", text: `${typeOf(rule)}, version ${rule.version}` },
    statusFact(listed, look),
    {
      label: "reads",
      text: indicesReadBy(rule)?.join(", ") ?? "all data streams",
    },
    ...typeFacts(rule),
    {
      label: "time",
      text:
        rule.timestamp_override === undefined ? "@timestamp" : `${rule.timestamp_override}, else @timestamp`,
    },
    { label: "limit", text: `${counted(rule.max_signals, "alert")} in ${interval}` },
    {
      label: "in Elastic",
      text: isEndpointRule(rule) ? "runs on the endpoint" : `runs every ${interval} over ${lookBack(rule)}`,
    },
    { label: "alerts", text: rule.building_block_type && "are building blocks for other rules" },
    { label: "tags", text: textOf(rule.tags) },
    { label: "author", text: textOf(rule.author) },
    { label: "license", text: rule.license },
  ];
}

function typeOf(rule: Rule): string {
  return isEndpointRule(rule) ? "eql in the endpoint dialect" : rule.type;
}

function isEndpointRule(rule: Rule): boolean {
  return rule.type === "eql" && rule.dialect === "endpoint";
}

/** What only rules of a type have. */
function typeFacts(rule: Rule): readonly Fact[] {
  switch (rule.type) {
    case "new_terms": {
      const fields = rule.new_terms_fields.join(", ");
      return [
        { label: "new", text: `${fields}, not seen in ${pastInWords(rule.history_window_start)} before` },
      ];
    }
    case "eql":
      return [{ label: "systems", text: rule.os_list?.join(", ") }];
    case "threshold": {
      const { field, value, cardinality } = rule.threshold;
      const same = field.length === 0 ? "" : ` with the same ${field.join(", ")}`;
      const different = cardinality
        .map((each) => ` and ${each.value} different values of ${each.field}`)
        .join("");
      return [{ label: "threshold", text: `${counted(value, "event")}${same}${different}` }];
    }
    case "threat_match": {
      const mapping = rule.threat_mapping.map(({ entries }) =>
        entries.map(({ field, negate, value }) => `${field} ${negate ? "!=" : "="} ${value}`).join(" and "),
      );
      return [
        { label: "indicators", text: rule.threat_index.join(", ") },
        { label: "compares", text: mapping.join(", or ") },
      ];
    }
    case "machine_learning":
      return [
        {
          label: "jobs",
          text: `${rule.machine_learning_job_id.join(", ")}, score at least ${rule.anomaly_threshold}`,
        },
      ];
    default:
      return [];
  }
}

function lookBack({ from, to }: Rule): string {
  return to === "now" ? pastInWords(from, "the last") : `events from ${from} to ${to}`;
}

/** `now-14d` as `the 14 days`; date math that is not that simple as it was written. */
function pastInWords(dateMath: string, article = "the"): string {
  const ms = parseDateMath(dateMath)?.fixedOffsetMs;
  return ms === undefined || ms <= 0 ? `the time since ${dateMath}` : `${article} ${spanInWords(ms)}`;
}

function textOf(items: readonly string[]): string | undefined {
  return items.length === 0 ? undefined : items.join(", ");
}

function factLines(facts: readonly Fact[], terminal: Terminal, look: Look): readonly string[] {
  const told = facts.filter(({ text }) => text !== undefined);
  const labelColumns = Math.max(...told.map(({ label }) => label.length));
  return told.flatMap(({ label, text = "", paint = look.plain }) =>
    wrap(printable(text, terminal), terminal.width - labelColumns - indent.length).map(
      (line, i) => look.faint((i === 0 ? label : "").padEnd(labelColumns)) + indent + paint(line),
    ),
  );
}

function queriesOf(rule: Rule): readonly (readonly [title: string, query: RuleQuery])[] {
  switch (rule.type) {
    case "machine_learning":
      return [];
    case "threat_match":
      return [
        ["Query", rule.query],
        ["Query for indicators", rule.threat_query],
      ];
    default:
      return [["Query", rule.query]];
  }
}

/** The tactic, and below it its techniques and theirs, ids first. */
function threatLines({ tactic, technique }: Threat, terminal: Terminal): readonly string[] {
  const line = (before: string, { id, name }: ThreatEntry) => {
    const lead = `${before}${pad(fit(id, idColumnsMax, terminal), "T1059.004".length)}  `;
    return lead + fit(name, terminal.width - columnsOf(lead), terminal);
  };
  const techniques = technique.flatMap((each) => [each, ...each.subtechnique]);
  return [line(indent, tactic), ...techniques.map((each) => line(indent + indent, each))];
}

/** Ids of ATT&CK have nine characters; other frameworks may have longer ones. */
const idColumnsMax = 20;

function relatedLines(
  rule: Rule,
  related: readonly Rule[],
  terminal: Terminal,
  look: Look,
): readonly string[] {
  if (related.length === 0) return [];
  const own = techniqueIds(rule);
  return alignTable<Rule>(
    [
      {
        header: "severity",
        text: ({ severity }) => severity,
        paint: ({ severity }) => look.severity[severity],
      },
      { header: "name", text: ({ name }) => name, columnsMin: 20, columnsMax: 80 },
      {
        header: "shares",
        text: (other) => [...techniqueIds(other)].filter((id) => own.has(id)).join(", "),
        columnsMin: 12,
        columnsMax: 40,
      },
      { header: "id", text: ({ rule_id }) => rule_id, paint: () => look.faint, dropRank: 1 },
    ],
    related,
    terminal,
    indent,
  );
}

function techniqueIds({ threat }: Rule): ReadonlySet<string> {
  const techniques = threat.flatMap(({ technique }) => technique);
  return new Set(
    techniques.flatMap(({ id, subtechnique }) => [id, ...subtechnique.map((below) => below.id)]),
  );
}
