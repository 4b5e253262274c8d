import { readdirSync, readFileSync } from "node:fs";
import {
  ecsCatalogue,
  type FieldCatalogue,
  FieldSlots,
  type FieldType,
  type JsonObject,
  ParsedEvent,
} from "@tallyman/ecs";
import { type CheckedQuery, compile } from "@tallyman/languages";
import { parse } from "smol-toml";
import { describe, expect, test } from "vitest";

/** A file of cases for a language whose queries are about one event; README.md says what it holds. */
interface QueryCases {
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

/** Makes a test of every query of every event in a folder of cases. */
export function testQueryCases(
  folder: URL,
  check: (text: string, catalogue: FieldCatalogue) => CheckedQuery,
): void {
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".toml"))) {
    const cases = parse(readFileSync(new URL(file, folder), "utf8")) as unknown as QueryCases;
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
          const checked = check(query, catalogue);
          if (checked.expression === undefined)
            expect.fail(checked.diagnostics.map(({ message }) => message).join("; "));
          const slots = new FieldSlots();
          const program = compile(checked.expression, slots);
          expect(program.matches(new ParsedEvent(document, slots), nowMs)).toBe(want);
        });
      }
    });
  }
}
