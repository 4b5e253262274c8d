import type { JsonObject } from "@tallyman/ecs";
import type { SourceText, Span } from "@tallyman/languages";
import type { RuleSheet } from "./find-rules.ts";
import type { KeyPath } from "./formats/places.ts";
import type { QueryLanguage, RuleFilter, RuleQuery, RuleSource } from "./rule.ts";

/** A rule's file with the places of its settings. */
export class FileRuleSource implements RuleSource {
  readonly text: SourceText;
  readonly #sheet: RuleSheet;

  constructor(text: SourceText, sheet: RuleSheet) {
    this.text = text;
    this.#sheet = sheet;
  }

  spanOf(path: KeyPath): Span {
    return this.#sheet.document.places.nearest(this.#pathInDocument(path)).value;
  }

  /** A query of the rule; its offsets are worked out when they are asked for. */
  query<L extends QueryLanguage>(key: string, text: string, language: L): RuleQuery<L> {
    return new FileQuery(text, language, () =>
      this.#sheet.document.places.textOffsets(this.#pathInDocument([key]), text),
    );
  }

  /** The filters under a key of the rule. */
  filters(key: string, filters: readonly JsonObject[]): readonly RuleFilter[] {
    return filters.map((value, index) => new FileFilter(value, () => this.spanOf([key, index])));
  }

  #pathInDocument(path: KeyPath): KeyPath {
    const { base, rule } = this.#sheet;
    const [first, ...rest] = path;
    // The metadata stands beside the rule, not in it.
    if (first === "metadata") return [...base.slice(0, -1), ...path];
    if (first === undefined || Object.hasOwn(rule, first)) return [...base, ...path];
    if (first === "rule_id" && this.#sheet.form === "endpoint") return [...base, "id"];
    // Elastic's TOML files wrap these two.
    if (first === "new_terms_fields") return [...base, "new_terms", "value", ...rest];
    if (first === "history_window_start") return [...base, "new_terms", first, 0, "value"];
    return [...base, ...path];
  }
}

class FileQuery<L extends QueryLanguage> implements RuleQuery<L> {
  readonly text: string;
  readonly language: L;
  readonly #locate: () => ArrayLike<number>;
  #offsets: ArrayLike<number> | undefined;

  constructor(text: string, language: L, locate: () => ArrayLike<number>) {
    this.text = text;
    this.language = language;
    this.#locate = locate;
  }

  get offsets(): ArrayLike<number> {
    this.#offsets ??= this.#locate();
    return this.#offsets;
  }
}

class FileFilter implements RuleFilter {
  readonly value: JsonObject;
  readonly #locate: () => Span;

  constructor(value: JsonObject, locate: () => Span) {
    this.value = value;
    this.#locate = locate;
  }

  get span(): Span {
    return this.#locate();
  }
}
