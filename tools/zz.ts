import { checkDifferential } from "./corpus/differential/check-differential.ts";
import { modes } from "./corpus/differential/modes.ts";
import { loadRuleSet } from "../bench/rules/rule-set.ts";
const { "engine, events parsed whole": engine } = modes;
const r = checkDifferential(loadRuleSet().rules, 3000, { engine: engine as never });
const by = new Map<string, number>();
for (const f of r.failed) { const k = f.replace(/[0-9a-f]{64}/g, "").replace(/alert (\S+) .*/, "$1").slice(0, 120); by.set(k, (by.get(k) ?? 0) + 1); }
console.log(r.passed, r.failed.length, [...by].sort((a, b) => b[1] - a[1]).slice(0, 20));
