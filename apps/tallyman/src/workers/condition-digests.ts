import { createHash } from "node:crypto";
import type { PreparedRules } from "@tallyman/engine";

/**
 * For each rule that is ready a digest of the conditions that it was compiled to and of the index patterns that select its events: where two threads
 * have the same, they say the same of every event.
 */
export function conditionDigests({ ready }: PreparedRules): readonly string[] {
  return ready.map(({ conditions, plan }) => {
    const asked = JSON.stringify(
      [plan.patterns, conditions.map(({ expression }) => expression)],
      withoutNoise,
    );
    return createHash("sha256").update(asked).digest("base64");
  });
}

/** Automata are made from what stands beside them; places in files are not known everywhere. */
function withoutNoise(key: string, value: unknown): unknown {
  return key === "automaton" || key === "span" ? undefined : value;
}
