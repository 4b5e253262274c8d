import { ecsCatalogue, FieldSlots, ParsedEvent } from "@tallyman/ecs";
import { loadExceptions, loadRules, type Rule } from "@tallyman/rules";
import { expect, test } from "vitest";
import { CompiledExceptions } from "./compiled-exceptions.ts";

const slots = new FieldSlots();

const { rules } = loadRules([
  {
    path: "r.json",
    text: JSON.stringify(
      ["r", "s", "t"].map((id) => ({
        rule_id: id,
        name: id,
        description: "d",
        risk_score: 1,
        severity: "low",
        type: "query",
        query: "process.name:*",
      })),
    ),
  },
]);

function compile(text: string): CompiledExceptions {
  const loaded = loadExceptions({
    files: [{ path: "e.toml", text }],
    readValueFile: () => ({ problem: "there are no files here" }),
  });
  return new CompiledExceptions(rules, loaded, ecsCatalogue(), slots);
}

test("of a file a hundred problems are told, and names are guessed at for these", () => {
  const exceptions = Array.from(
    { length: 150 },
    (_, i) =>
      `[[exception]]\nname = "x"\nrules = ["r"]\nentries = [{ field = "proces.name${i % 10}", type = "exists" }]\n`,
  );
  const { diagnostics } = compile(exceptions.join(""));
  expect(diagnostics.length).toBe(101);
  expect(diagnostics.at(-1)).toMatchObject({
    code: "more-problems",
    message: "50 more problems of this file are not shown",
  });
  expect(diagnostics[99]).toMatchObject({ code: "unknown-field", hint: "did you mean 'process.name'?" });
});

test("an error is told, however many warnings stand before it", () => {
  const warned =
    '[[exception]]\nname = "x"\nrules = ["none"]\nentries = [{ field = "process.name", type = "exists" }]\n';
  const failing =
    '[[exception]]\nname = "x"\nrules = ["r"]\nentries = [{ field = "source.ip", type = "list", list = { id = "none" } }]\n';
  const { diagnostics } = compile(warned.repeat(200) + failing);
  expect(diagnostics.filter(({ severity }) => severity === "error").map(({ code }) => code)).toEqual([
    "unknown-list",
  ]);
});

test("one with an error takes out nothing", () => {
  const exceptions = compile(`
[[value_list]]
id = "numbers"
type = "long_range"
values = ["1-10"]

[[exception]]
name = "x"
rules = ["r"]
entries = [{ field = "source.ip", type = "list", operator = "excluded", list = { id = "numbers" } }]
`);
  expect(exceptions.diagnostics.map(({ code }) => code)).toEqual(["bad-range"]);
  expect(exceptions.of(rules[0] as Rule).size).toBe(0);
});

test("rules have their own, whichever these are", () => {
  // Those of numbers 1 and 2, and 12.
  const owners = Array.from({ length: 13 }, (_, i) => (i === 1 || i === 2 ? "r" : i === 12 ? "s" : "t"));
  const exceptions = compile(
    owners
      .map(
        (owner, i) =>
          `[[exception]]\nname = "x"\nrules = ["${owner}"]\nentries = [{ field = "user.name", type = "match", value = "u${i}" }]\n`,
      )
      .join(""),
  );
  const takenOut = rules.map((rule) => {
    const own = exceptions.of(rule);
    return owners.flatMap((_, i) =>
      own.takeOut(new ParsedEvent({ user: { name: `u${i}` } }, slots), 0) ? [i] : [],
    );
  });
  expect(takenOut).toEqual([[1, 2], [12], [0, 3, 4, 5, 6, 7, 8, 9, 10, 11]]);
});

test("one for every rule is applied once, also to those that it names as well", () => {
  const exceptions = compile(
    '[[exception]]\nname = "x"\nrules = ["*", "r"]\nentries = [{ field = "user.name", type = "exists" }]\n',
  );
  expect(rules.map((rule) => exceptions.of(rule).size)).toEqual([1, 1, 1]);
});
