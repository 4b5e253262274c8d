import { expect, test } from "vitest";
import { loadOwnRules } from "../../../bench/rules/rule-set.ts";
import { checkDifferential } from "./check-differential.ts";
import { type Mode, modes } from "./modes.ts";

const rules = loadOwnRules();
const engine = modes["engine, events parsed whole"] as Mode;

test("plain evaluation and the engine raise the same alerts for our own rules", () => {
  const { failed, passed } = checkDifferential(rules, 2000, { engine });
  expect(failed).toEqual([]);
  expect(passed).toBe(4000);
});

test.for<{ name: string; wrong: Mode; want: RegExp }>([
  { name: "loses an alert", wrong: (...run) => engine(...run).slice(1), want: /^wrong, .*: no alert / },
  {
    name: "raises one twice",
    wrong: (...run) => engine(...run).flatMap((line, i) => (i === 3 ? [line, line] : [line])),
    want: /^wrong, .*: too much, alert /,
  },
  {
    name: "raises them in another order",
    wrong: (...run) => engine(...run).toReversed(),
    want: /alert 0 is .* instead of /,
  },
])("a mode that $name fails", ({ want, wrong }) => {
  const { failed, passed } = checkDifferential(rules, 500, { wrong });
  expect(failed.filter((line) => want.test(line))).toHaveLength(2);
  expect(passed).toBe(0);
});
