// `npm run corpus`: checks against Elastic's public rules and test suites, which lie beside the repository where its developers work and never in it.
// `--json FILE` also writes the counts there. `--events N` is how many events all rules are run over in every way there is, 6,000 by default.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadPublicRules } from "../../bench/rules/rule-set.ts";
import { root } from "../repository.ts";
import type { CheckResult } from "./check-result.ts";
import { checkContainerStreams } from "./container-streams.ts";
import { checkDifferential } from "./differential/check-differential.ts";
import { modes } from "./differential/modes.ts";
import { checkEqlCases } from "./eql-cases.ts";
import { checkEqlGrammar } from "./eql-grammar.ts";
import { checkEqlSeries } from "./eql-series.ts";
import { checkEvaluatedConditions } from "./evaluated-conditions.ts";
import { checkFedRules } from "./fed-rules.ts";
import { checkFiredRules } from "./fired-rules.ts";
import { checkKqlCases } from "./kql-cases.ts";
import { lintRuleFiles } from "./lint.ts";
import { checkLiveContainers } from "./live-containers.ts";
import { checkRuleFiles } from "./rule-files.ts";

const eventCount = Number(flag("--events") ?? 6000);

const checks: Readonly<Record<string, (shared: string) => CheckResult | Promise<CheckResult>>> = {
  "KQL cases": checkKqlCases,
  "EQL grammar": checkEqlGrammar,
  "EQL sequence series": checkEqlSeries,
  "EQL cases": checkEqlCases,
  "rule files": checkRuleFiles,
  lint: lintRuleFiles,
  "rules fired on purpose": checkFiredRules,
  "Elastic's rules on live containers": checkLiveContainers,
  "Elastic's rules for containers on live ones": checkContainerStreams,
  "rules that other sensors' events feed": checkFedRules,
  "conditions evaluated for an event": checkEvaluatedConditions,
  "plain evaluation against the engine": () => checkDifferential(loadPublicRules(), eventCount, modes),
};

/** So many failures of one check are shown. */
const shownMax = 20;

const shared = join(root, "..", "shared");
const total = { passed: 0, failed: 0, skipped: 0 };
if (existsSync(join(shared, "corpus"))) {
  for (const [name, check] of Object.entries(checks)) {
    const { failed, notes = [], passed, skipped = 0 } = await check(shared);
    process.stdout.write(
      `${failed.length === 0 ? "ok  " : "FAIL"} ${name}: ${passed} passed, ${failed.length} failed\n`,
    );
    for (const line of [...failed.slice(0, shownMax), ...notes])
      process.stdout.write(`       ${line.replaceAll("\n", "\n       ")}\n`);
    if (failed.length > shownMax) process.stdout.write(`       … and ${failed.length - shownMax} more\n`);
    total.passed += passed;
    total.failed += failed.length;
    total.skipped += skipped;
  }
} else {
  total.skipped = Object.keys(checks).length;
  process.stdout.write(
    "The public rules and test suites are not here (../shared): these checks are skipped.\n",
  );
}
process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
const countsFile = flag("--json");
if (countsFile !== undefined) writeFileSync(countsFile, JSON.stringify(total));
process.exitCode = total.failed > 0 ? 1 : 0;

function flag(name: string): string | undefined {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}
