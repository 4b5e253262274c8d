import type { FieldCatalogue, FieldSlots } from "@tallyman/ecs";
import { checkKql, compile, type Program } from "@tallyman/languages";

/**
 * A second name for some of the events of some indices, as a filtered alias is in Elasticsearch: index patterns select an event by any of its names, and it
 * stays one event, of its own index.
 */
export interface IndexAlias {
  /** What the names of the indices begin with whose events may have it. */
  readonly of: string;
  /** What the alias begins with in place of that. What follows, such as the namespace of a data stream, is the same. */
  readonly as: string;
  /** Which of the events have it: a KQL query. */
  readonly filter: string;
}

/** An alias that can be asked. */
export interface ReadyAlias {
  /** What events of an index are called by it, if they are; undefined for indices that it is not for. */
  readonly nameFor: (indexName: string) => string | undefined;
  readonly filter: Program;
}

/** Throws where the filter is no KQL query, which is a mistake of whoever wrote the program. */
export function readyAlias(
  { as, filter, of }: IndexAlias,
  catalogue: FieldCatalogue,
  slots: FieldSlots,
): ReadyAlias {
  const { expression } = checkKql(filter, catalogue);
  if (expression === undefined) throw new Error(`the filter of the alias ${as} is no query: ${filter}`);
  return {
    nameFor: (indexName) => (indexName.startsWith(of) ? as + indexName.slice(of.length) : undefined),
    filter: compile(expression, slots),
  };
}
