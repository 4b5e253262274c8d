import { ecsCatalogue, FieldSlots } from "@tallyman/ecs";
import { loadExceptions, loadRules } from "@tallyman/rules";
import { expect, test } from "vitest";
import { CompiledExceptions } from "./compiled-exceptions.ts";

function compile(text: string): CompiledExceptions {
  const rule = {
    rule_id: "r",
    name: "A rule",
    description: "d",
    risk_score: 1,
    severity: "low",
    type: "query",
    query: "process.name:*",
  };
  const { rules } = loadRules([{ path: "r.json", text: JSON.stringify(rule) }]);
  const loaded = loadExceptions({
    files: [{ path: "e.toml", text }],
    readValueFile: () => ({ problem: "there are no files here" }),
  });
  return new CompiledExceptions(rules, loaded, ecsCatalogue(), new FieldSlots());
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
