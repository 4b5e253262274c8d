import {
  Engine,
  eventTimeOf,
  MemoryFirstSeenStore,
  type PreparedRules,
  RuleProfiler,
  ruleCosts,
  runPipeline,
} from "@tallyman/engine";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { catalogueWith } from "../field-types.ts";
import { type EventInput, readEvents } from "../input/read-events.ts";
import { interruptible } from "../interrupt.ts";
import { fail } from "../output/fail.ts";
import { renderInputProblems } from "../output/input-problems.ts";
import { jsonList } from "../output/json-line.ts";
import { writeStandardError, writeStandardOutput } from "../output/output-stream.ts";
import { byCost, type MeasuredCost, renderRuleCosts, ruleCostJson } from "../output/rules-cost-table.ts";
import { describeTerminal, standardStream } from "../output/terminal.ts";
import { prepareRulePaths } from "../rule-files/prepare-rule-paths.ts";
import { errorsIn, type RulesListOptions } from "./rules-list.ts";

export interface RulesCostOptions extends RulesListOptions {
  /** Recordings to measure with; without one, costs are guessed. */
  readonly events?: readonly string[];
}

/** `tallyman rules list --cost`: what each rule that runs costs, and how the index comes upon it. */
export async function rulesCost(paths: readonly string[], options: RulesCostOptions): Promise<ExitCode> {
  const loaded = prepareRulePaths(paths, catalogueWith(options.fieldTypes));
  const measured = options.events && (await measure(loaded.prepared, options.events, options));
  const costs = byCost(
    ruleCosts(loaded.prepared).map((cost, i) => ({ ...cost, measured: measured?.costs[i] })),
  );
  writeStandardOutput(
    options.format === "table"
      ? renderRuleCosts(costs, describeTerminal(standardStream("stdout"), process.env, options.color))
      : jsonList(costs.map(ruleCostJson), options.format),
  );
  const problem = errorsIn(loaded);
  if (problem !== undefined) return fail(problem, exitCode.failed);
  return measured?.status ?? exitCode.ok;
}

/** Runs the rules over recordings, whose alerts nobody sees. */
async function measure(
  prepared: PreparedRules,
  files: readonly string[],
  options: RulesCostOptions,
): Promise<{ readonly costs: readonly MeasuredCost[]; readonly status: ExitCode }> {
  const profiler = new RuleProfiler(() => performance.now());
  const interrupt = interruptible();
  const input = readEvents(files, { timestampOf: eventTimeOf, isLazy: true, signal: interrupt.signal });
  // What is seen here is forgotten at the end, so nobody gains from terms that collide under a known key.
  const engine = new Engine(prepared, { firstSeen: new MemoryFirstSeenStore([1, 2, 3, 4]), profiler });
  await runPipeline(input, engine, { write() {} });
  interrupt.stop();
  const { events } = engine.report();
  return {
    costs: profiler.profile().rules.map((profile) => ({ profile, events })),
    status: statusOf(input, interrupt.signal, options),
  };
}

function statusOf({ report }: EventInput, signal: AbortSignal, { color }: RulesCostOptions): ExitCode {
  const terminal = describeTerminal(standardStream("stderr"), process.env, color);
  writeStandardError(renderInputProblems(report, terminal));
  if (signal.aborted) return exitCode.interrupted;
  return report.total().failures > 0 ? exitCode.incomplete : exitCode.ok;
}
