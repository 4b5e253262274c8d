import { SourceText, type Span } from "@tallyman/languages";
import type { Rule, RuleFilter, RuleQuery } from "@tallyman/rules";

/** A rule as it is sent to another thread: all that its conditions depend on, without what its alerts say and where it stands in its file. */
export type PortableRule = Readonly<Record<string, unknown>>;

/** Long settings that no condition depends on, and what cannot be sent. */
const left: ReadonlySet<string> = new Set([
  "author",
  "description",
  "exceptions_list",
  "false_positives",
  "metadata",
  "note",
  "parameters",
  "references",
  "setup",
  "source",
  "tags",
  "threat",
]);

export function portableRule(rule: Rule): PortableRule {
  return Object.fromEntries(Object.entries(rule).filter(([key]) => !left.has(key)));
}

/**
 * A rule that compiles as the one that was sent. Places in its file, which are worked out where they are asked for, do not survive the sending;
 * what is wrong with it was said with its place where it came from.
 */
export function receivedRule(sent: PortableRule): Rule {
  return { ...absent, ...mapValues(sent, placed) } as unknown as Rule;
}

const nowhere: Span = { start: 0, end: 0 };

const absent = {
  author: [],
  description: "",
  exceptions_list: [],
  false_positives: [],
  metadata: {},
  parameters: {},
  references: [],
  tags: [],
  threat: [],
  source: { text: new SourceText("", ""), spanOf: () => nowhere },
} satisfies Partial<Rule>;

/** Gives queries and filters places again. */
function placed(value: unknown, key: string): unknown {
  if (key.endsWith("query")) return { ...(value as RuleQuery), offsets: [] } satisfies RuleQuery;
  if (key.endsWith("filters"))
    return (value as readonly RuleFilter[]).map(({ value: filter }): RuleFilter => {
      return { value: filter, span: nowhere };
    });
  return value;
}

function mapValues(
  object: PortableRule,
  map: (value: unknown, key: string) => unknown,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value, key)]));
}
