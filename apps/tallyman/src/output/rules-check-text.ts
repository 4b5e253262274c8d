import { lookOf } from "./look.ts";
import { counted } from "./quantity.ts";
import { countReasons, reasonLines } from "./reason-counts.ts";
import { type ListedRule, reasonOf, statusCounts } from "./rules-table.ts";
import type { Terminal } from "./terminal.ts";

/** What `rules check` ends with: how many rules there are, how many run, and why the others do not. */
export function renderRulesCheck(
  fileCount: number,
  listed: readonly ListedRule[],
  terminal: Terminal,
): string {
  const [ready = "", ...others] = statusCounts(listed).split(", ");
  const counts = [lookOf(terminal).strong(ready), ...others].join(", ");
  const lines = [
    `${counted(listed.length, "rule")} in ${counted(fileCount, "file")}: ${counts}`,
    ...reasonLines(countReasons(listed.map(reasonOf)), terminal, "  "),
  ];
  return `${lines.join("\n")}\n`;
}
