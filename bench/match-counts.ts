// How many generated events each condition of each rule matches: `npx tsx bench/match-counts.ts [--write]`. What plain evaluation counts is compared
// with what the engine counts, and with what match-counts.json holds, which `--write` brings up to date. A difference ends with 1.
import { writeFileSync } from "node:fs";
import { parseFlags } from "./flags.ts";
import { countByEngine, countPlainly, differences, type MatchCounts } from "./plain/count-matches.ts";
import { pinnedCounts, pinnedPath } from "./plain/pinned-counts.ts";
import { loadOwnRules, loadRuleSet } from "./rules/rule-set.ts";
import { singleConditions } from "./rules/single-conditions.ts";

const { values } = parseFlags({ write: { type: "boolean" } }, "npx tsx bench/match-counts.ts [--write]");
const { isPublic, rules } = loadRuleSet();
const sets = { own: loadOwnRules(), ...(isPublic ? { public: rules } : {}) };
if (!isPublic) process.stdout.write("The public rules are not here (../shared): only our own are counted.\n");

const pinned = pinnedCounts();
let failed = false;
for (const [name, set] of Object.entries(sets) as [keyof typeof sets, typeof rules][]) {
  const conditions = singleConditions(set);
  const { counts, events, seed } = pinned[name];
  const plain: readonly [string, MatchCounts] = ["plain", countPlainly(conditions, { events, seed })];
  const found = [
    ...differences(plain, ["engine", countByEngine(conditions, { events, seed })]),
    ...(values.write ? [] : differences(plain, ["pinned", counts])),
  ];
  const matching = Object.keys(plain[1]).length;
  process.stdout.write(
    `${found.length === 0 ? "ok  " : "FAIL"} ${name} rules: ${matching} of ${conditions.length} conditions match some of ${events} events\n`,
  );
  for (const line of found) process.stdout.write(`     ${line}\n`);
  failed ||= found.length > 0;
  pinned[name] = { events, seed, counts: plain[1] };
}
if (values.write) writeFileSync(pinnedPath, `${JSON.stringify(pinned, null, 2)}\n`);
process.exitCode = failed ? 1 : 0;
