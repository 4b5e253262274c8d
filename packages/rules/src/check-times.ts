import { parseDateMath } from "@tallyman/ecs";
import type { FileDiagnostics } from "./file-diagnostics.ts";
import type { Settings } from "./read-settings.ts";
import type { RuleSource } from "./rule.ts";
import { commonKeys } from "./rule-keys.ts";
import type { Table } from "./schema/reader.ts";

/** Reports times of which each is good, but which leave a rule nothing to look at: `bad-value` and `bad-history-window`. */
export function checkTimes(
  table: Table,
  settings: Settings | undefined,
  source: RuleSource,
  diagnostics: FileDiagnostics,
): void {
  const from = table["from"] ?? commonKeys.from.fallback;
  const to = table["to"] ?? commonKeys.to.fallback;
  if (isNotBefore(from, to)) {
    const message = `'from' is '${from}', which is not before 'to', '${to}'`;
    diagnostics.add("bad-value", message, () => source.spanOf(["from"]));
  }
  if (settings?.type === "new_terms" && isNotBefore(settings.history_window_start, from)) {
    const message = `The history begins at '${settings.history_window_start}', which is not before 'from', '${from}'`;
    diagnostics.add("bad-history-window", message, () => source.spanOf(["history_window_start"]));
  }
}

/** Some moment. Which of two relative times is earlier hardly ever depends on it, and where it does, any answer will do. */
const someMomentMs = Date.UTC(2024, 6, 17, 12, 30, 30);

/** False also where one of them is no date math, which is reported by itself. */
function isNotBefore(first: unknown, second: unknown): boolean {
  if (typeof first !== "string" || typeof second !== "string") return false;
  const start = parseDateMath(first)?.resolve(someMomentMs, "start");
  const end = parseDateMath(second)?.resolve(someMomentMs, "start");
  return start !== undefined && end !== undefined && start >= end;
}
