import { ecsCatalogue, FieldSlots, type JsonObject, ParsedEvent } from "@tallyman/ecs";
import { expect, test } from "vitest";
import { checkEql } from "../../eql/check-eql.ts";
import { compile } from "../../expression/compile.ts";
import { eqlFunctions } from "../eql/index.ts";
import { endpointSignature } from "./endpoint-function.ts";
import { endpointFunctions } from "./index.ts";

function holds(condition: string, event: JsonObject): boolean {
  const { query, diagnostics } = checkEql(`any where ${condition}`, ecsCatalogue(), { dialect: "endpoint" });
  if (query?.kind !== "event") throw new Error(diagnostics[0]?.message);
  const slots = new FieldSlots();
  return compile(query.condition, slots).matches(new ParsedEvent(event, slots), 0);
}

test("the functions stand in alphabetical order, each once, and none has a name that others have", () => {
  const names = endpointFunctions.map(({ name }) => name.toLowerCase());
  expect(names).toEqual([...new Set(names)].sort());
  const all = endpointFunctions.flatMap(({ name, otherNames }) => [name, ...otherNames]);
  for (const { name } of eqlFunctions) expect(all).not.toContain(name);
});

test.for(endpointFunctions.flatMap(({ examples }) => [...examples]))(
  "example: on %j, %s is %j",
  ([event, call, result]) => {
    if (typeof result === "boolean") expect(holds(call, event)).toBe(result);
    else {
      expect(holds(`${call} == ${result}`, event)).toBe(true);
      expect(holds(`${call} == ${result + 1}`, event)).toBe(false);
    }
  },
);

test.for(endpointFunctions.map((definition) => [definition.name, definition] as const))(
  "%s has rows for what it finds, for what it does not, for case and for an absent field",
  ([, { examples, hasCaseVariant, name, returns }]) => {
    const results = examples.map(([, , result]) => result);
    if (returns === "boolean") expect(new Set(results)).toEqual(new Set([true, false]));
    const isAbsent = examples.filter(([event]) => Object.keys(event).length === 0);
    expect(isAbsent.map(([, , result]) => result)).toEqual([returns === "boolean" ? false : 0]);
    expect(examples.some(([, call]) => call.startsWith(`${name}~(`))).toBe(hasCaseVariant);
  },
);

test.for(endpointFunctions)(
  "$name is refused by the Elasticsearch dialect, and without arguments",
  (definition) => {
    const { name, hasCaseVariant } = definition;
    const [other] = checkEql(`any where ${name}(a)`, ecsCatalogue()).diagnostics;
    expect(other).toMatchObject({ code: "endpoint-only", message: expect.stringContaining(`'${name}'`) });
    expect(other?.hint).toContain("--dialect endpoint");
    const own = (call: string) =>
      checkEql(`any where ${call}`, ecsCatalogue(), { dialect: "endpoint" }).diagnostics[0];
    expect(own(`${name}()`)).toMatchObject({
      code: "argument-type",
      message: `The arguments do not have the form ${endpointSignature(definition)}`,
    });
    expect(own(`${name}~()`)?.message.includes("no form with ~")).toBe(!hasCaseVariant);
  },
);
