import type { FieldCatalogue } from "@tallyman/ecs";
import {
  type CheckedQuery,
  checkKql,
  checkLucene,
  parseKql,
  parseLucene,
  printKql,
  printLucene,
} from "@tallyman/languages";

/** A language whose queries are about one event. */
export interface EventLanguage {
  check(text: string, catalogue: FieldCatalogue): CheckedQuery;
  /** The query in one form for each meaning; undefined when it cannot be read. */
  normalised(text: string): string | undefined;
}

export const kql: EventLanguage = {
  check: checkKql,
  normalised(text) {
    const { query } = parseKql(text);
    return query && printKql(query);
  },
};

export const lucene: EventLanguage = {
  check: checkLucene,
  normalised(text) {
    const { query } = parseLucene(text);
    return query && printLucene(query);
  },
};
