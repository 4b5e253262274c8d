import type { AlertSink } from "@tallyman/engine";
import { printDiagnostics } from "../output/diagnostics-output.ts";
import { counted, formatCount } from "../output/quantity.ts";
import type { Terminal } from "../output/terminal.ts";
import type { LiveEngine } from "./live-engine.ts";
import type { Reload, RuleReloader } from "./rule-reloader.ts";

/** Whom to tell of rules that have changed. */
export interface ReloadListener {
  readonly errorTerminal: Terminal;
  /** Leaves out what is no error. */
  readonly isQuiet: boolean;
  /** Takes text for standard error. */
  print(text: string): void;
  /** Says a sentence without a full stop. */
  say(text: string): void;
  /** Takes the present states of alerts, which rules that go would otherwise never give. */
  readonly alerts: AlertSink;
}

/** Looks at the rule files again, and lets the engine go on with what they say now. To be called between two events. Gives what came of the look. */
export function takeUpRules(reloader: RuleReloader, engine: LiveEngine, listener: ReloadListener): Reload {
  const { alerts: sink, errorTerminal, isQuiet } = listener;
  const result = reloader.reload();
  if (result.kind === "unchanged") return result;
  const problems = result.diagnostics.filter(({ severity }) => severity === "error" || !isQuiet);
  if (problems.length > 0) listener.print(printDiagnostics(problems, errorTerminal));
  if (result.kind === "refused") {
    listener.say("the rules cannot be read now; those that run stay as they are");
    return result;
  }
  const { prepared } = result.rules;
  const { alerts, restarted } = engine.replace(prepared);
  for (const alert of alerts) sink.write(alert);
  const kept =
    result.kept.length === 0
      ? ""
      : `; ${counted(result.kept.length, "file")} as before, since the new text has errors`;
  const anew = restarted === 0 ? "" : `, ${formatCount(restarted)} of them from the beginning`;
  listener.say(`rules were read anew: ${counted(prepared.ready.length, "rule")} running${anew}${kept}`);
  return result;
}
