// `npm run bench`: measures what the targets T1 to T15 are about, and prints what was required, aimed for and found.
//
//   --only T3,T6        these targets only
//   --rounds 5          how often each is measured
//   --events 60000      how many events; a quarter of them of each type
//   --terms 10000000    how many first-seen terms
//   --json FILE         writes the results there; those of other targets that stand there stay
//   --markdown          prints the results that bench/results.json has as Markdown, and measures nothing
//
// Ratios are taken between processes that ran in the same round, in an order by chance. Figures are processor time of the whole process, garbage
// collection included, unless they say that they are wall time.
import { mkdirSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { root } from "../tools/repository.ts";
import { eventTypes } from "./events/generate.ts";
import { writeEvents } from "./events/write-events.ts";
import { parseFlags, usageError, wholeNumber } from "./flags.ts";
import { buildPrograms, type EventFile, type ModeName } from "./rounds/modes.ts";
import { renderMarkdown, renderText } from "./rounds/report.ts";
import {
  describeMachine,
  describeRules,
  type ResultRow,
  type Results,
  readResults,
  reasonAgainst,
  resultRow,
  writeResults,
} from "./rounds/results.ts";
import { runRounds } from "./rounds/run-rounds.ts";
import { type Target, targets } from "./rounds/targets.ts";
import { loadRuleSet } from "./rules/rule-set.ts";

const usage =
  "npm run bench -- [--only T3,T6] [--rounds N] [--events N] [--terms N] [--json FILE] [--markdown]";
const { positionals, values } = parseFlags(
  {
    only: { type: "string" },
    rounds: { type: "string", default: "5" },
    events: { type: "string", default: "60000" },
    terms: { type: "string", default: "10000000" },
    json: { type: "string" },
    markdown: { type: "boolean" },
  },
  usage,
);
if (positionals.length > 0) usageError(`usage: ${usage}`);
if (values.markdown) printStored();
else await measure();

function printStored(): void {
  const results = readResults(join(root, "bench", "results.json"));
  if (results === undefined)
    usageError("there are no results yet: npm run bench -- --json bench/results.json makes them");
  process.stdout.write(`${renderMarkdown(results)}\n`);
}

async function measure(): Promise<void> {
  const chosen = choose(values.only);
  const rounds = Math.max(1, wholeNumber(values.rounds, "--rounds"));
  const events = Math.max(1000, wholeNumber(values.events, "--events"));
  const terms = Math.max(1000, wholeNumber(values.terms, "--terms"));
  const [load = 0] = loadavg();
  await buildPrograms();
  const possible = chosen.filter((target) => reasonAgainst(target) === undefined);
  const measured = new Map<Target, readonly ResultRow[]>();
  const run = (name: string, of: readonly Target[], count: number): void => {
    if (of.length === 0) return;
    const needed = new Set(of.flatMap(({ needs }) => (typeof needs === "string" ? [] : needs)));
    const onMode = (mode: ModeName, round: number) =>
      process.stderr.write(`${name}, round ${round} of ${rounds}: ${mode}\n`);
    const results = runRounds([...needed], eventFile(name, count), { rounds, terms, onMode });
    for (const target of of)
      measured.set(target, [...(measured.get(target) ?? []), resultRow(target, name, results)]);
  };
  run("mixed", possible, events);
  const byType = possible.filter((target) => target.byType);
  const eventsOfType = Math.ceil(events / 4);
  for (const type of eventTypes) run(type, byType, eventsOfType);

  const results: Results = {
    measured: new Date().toISOString().slice(0, 10),
    machine: describeMachine(),
    rules: describeRules(loadRuleSet()),
    settings: `${events} events mixed, ${eventsOfType} of a type, ${terms} terms, ${rounds} rounds; load average at the beginning ${load.toFixed(1)}`,
    rows: chosen.flatMap(
      (target) => measured.get(target) ?? [resultRow(target, "mixed", reasonAgainst(target) ?? "")],
    ),
  };
  process.stdout.write(`${renderText(results)}\n`);
  if (values.json !== undefined) writeResults(values.json, results);
}

function choose(only: string | undefined): readonly Target[] {
  if (only === undefined) return targets;
  const ids = only.split(",");
  const unknown = ids.find((id) => !targets.some((target) => target.id === id));
  if (unknown !== undefined) usageError(`there is no target '${unknown}'; there are T1 to T15`);
  return targets.filter(({ id }) => ids.includes(id));
}

function eventFile(name: string, events: number): EventFile {
  const folder = join(root, ".build", "bench-events");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.ndjson`);
  writeEvents(
    path,
    events,
    42,
    eventTypes.find((type) => type === name),
  );
  return { path, events };
}
