import type { RulesFromPaths } from "../rule-files/prepare-rule-paths.ts";
import { lookOf } from "./look.ts";
import { counted, formatCount } from "./quantity.ts";
import { countReasons, reasonLines } from "./reason-counts.ts";
import type { Terminal } from "./terminal.ts";

/** What `rules check` ends with: how many rules there are, how many run, and why the others do not. */
export function renderRulesCheck(checked: RulesFromPaths, terminal: Terminal): string {
  const { fileCount, rules, prepared } = checked;
  const look = lookOf(terminal);
  const { ready, idle } = prepared;
  const lines = [
    `${counted(rules.length, "rule")} in ${counted(fileCount, "file")}: ${look.strong(`${formatCount(ready.length)} ready`)}, ${formatCount(idle.length)} not run`,
    ...reasonLines(countReasons(idle.map(({ reason }) => reason)), terminal, "  "),
  ];
  return `${lines.join("\n")}\n`;
}
