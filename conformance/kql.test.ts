import { readdirSync, readFileSync } from "node:fs";
import { ecsCatalogue, FieldSlots, type FieldType, type JsonObject, ParsedEvent } from "@tallyman/ecs";
import { checkKql, compile } from "@tallyman/languages";
import { parse } from "smol-toml";
import { describe, expect, test } from "vitest";

/** The cases of conformance/kql; README.md says what they hold. */
interface KqlCases {
  readonly about: string;
  readonly types?: Record<string, FieldType>;
  readonly case: readonly {
    readonly about?: string;
    readonly now?: string;
    readonly event: JsonObject | string;
    readonly match: readonly string[];
    readonly no_match: readonly string[];
  }[];
}

const folder = new URL("kql/", import.meta.url);

for (const file of readdirSync(folder).filter((name) => name.endsWith(".toml"))) {
  const cases = parse(readFileSync(new URL(file, folder), "utf8")) as unknown as KqlCases;
  const catalogue = ecsCatalogue().with(cases.types ?? {});
  describe(`${file}: ${cases.about}`, () => {
    for (const [i, { event, now, match, no_match }] of cases.case.entries()) {
      const document = typeof event === "string" ? (JSON.parse(event) as JsonObject) : event;
      const nowMs = now === undefined ? Date.UTC(2026, 0) : Date.parse(now);
      const rows = [
        ...match.map((query) => ({ query, want: true })),
        ...no_match.map((query) => ({ query, want: false })),
      ];
      test.for(rows)(`event ${i + 1}: $query is $want`, ({ query, want }) => {
        const checked = checkKql(query, catalogue);
        if (checked.expression === undefined)
          expect.fail(checked.diagnostics.map(({ message }) => message).join("; "));
        const slots = new FieldSlots();
        const program = compile(checked.expression, slots);
        expect(program.matches(new ParsedEvent(document, slots), nowMs)).toBe(want);
      });
    }
  });
}
