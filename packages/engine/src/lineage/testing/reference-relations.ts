import type { Relation } from "@tallyman/languages";

/** An event of a finite list, in order. */
export interface ListedProcessEvent {
  /** Undefined for an event of no process. */
  readonly process: string | undefined;
  /** The ancestors that it names, the parent first. */
  readonly above: readonly string[];
  /** The relations, by number, whose filters it fulfils by itself. */
  readonly fulfils: readonly number[];
}

/**
 * What relations mean, said over all events at once: which of them hold at each event. `nestedIn` is the relation that must hold too for the
 * filter of one to be fulfilled, if there is one; it has a lower number.
 */
export function referenceRelations(
  relations: readonly { readonly relation: Relation; readonly nestedIn: number | undefined }[],
  events: readonly ListedProcessEvent[],
): readonly (readonly boolean[])[] {
  return events.map((_, at) => relations.map((_, number) => holds(number, at)));

  function holds(number: number, at: number): boolean {
    const { process } = events[at] as ListedProcessEvent;
    const { relation } = relations[number] as { relation: Relation };
    if (process === undefined) return false;
    switch (relation) {
      case "event":
        return hasHad(process, number, at, true);
      case "child": {
        const named = events[at]?.above[0] ?? firstParent(process, at);
        return named !== undefined && named !== process && hasHad(named, number, at, false);
      }
      case "descendant":
        return [...ancestors(process, at)].some((ancestor) => hasHad(ancestor, number, at, false));
    }
  }

  /** The parent that the first event to name one has named. */
  function firstParent(process: string, at: number): string | undefined {
    return events.slice(0, at + 1).find((event) => event.process === process && event.above.length > 0)
      ?.above[0];
  }

  /** Whether the process has had an event that fulfils the filter, before the one at `at` or there. */
  function hasHad(process: string, number: number, at: number, orIs: boolean): boolean {
    const { nestedIn } = relations[number] as { nestedIn: number | undefined };
    return events
      .slice(0, orIs ? at + 1 : at)
      .some(
        (event, i) =>
          event.process === process &&
          event.fulfils.includes(number) &&
          (nestedIn === undefined || holds(nestedIn, i)),
      );
  }

  /** Everything above a process by what events have said up to `at`: a step more until there is nothing new. */
  function ancestors(process: string, at: number): ReadonlySet<string> {
    const found = new Set<string>();
    const said = (of: string) =>
      events.slice(0, at + 1).flatMap((event) => (event.process === of ? event.above : []));
    let size = -1;
    let next = said(process);
    while (found.size > size) {
      size = found.size;
      for (const each of next) if (each !== process) found.add(each);
      next = [...found].flatMap(said);
    }
    return found;
  }
}
