import type { Aging } from "./age-list.ts";
import type { JoinKey } from "./join-key.ts";
import type { Ordinal } from "./ordinal.ts";

/** A sequence that has begun and may still grow, or waits for the end of its span. */
export class OpenSequence<E> implements Aging<OpenSequence<E>> {
  /** The text of its join key. */
  readonly key: string;
  /** The time of its first event. */
  readonly startMs: number;
  /** When an event of a leading `![ ]` was last seen before the start; undefined when none was. */
  readonly leadingMs: number | undefined;
  /** The positive stage that it has passed, or whose run it is in. */
  stage = 0;
  isRunning = false;
  /** The ordinal of the last event of the last stage that it has passed; before that, of its first event. */
  last: Ordinal;
  /** Its events up to that stage; those of a run in progress stand in the run. */
  links: Link<E> | undefined = undefined;
  /** When an event of a `![ ]` behind that stage first came. Whether it came in time only the next event tells. */
  gapMs: number | undefined = undefined;
  /** True once an event came that a `![ ]` forbids. It goes on taking part, since Elasticsearch looks at missing events last. */
  isSpoiled = false;
  /** Set when all its events are there and only one of a trailing `![ ]` can still stop it, up to the deadline inclusive. */
  waiting: { readonly joinKey: JoinKey; readonly deadlineMs: number } | undefined = undefined;
  older: OpenSequence<E> | undefined = undefined;
  newer: OpenSequence<E> | undefined = undefined;

  constructor(key: string, startMs: number, last: Ordinal, leadingMs: number | undefined) {
    this.key = key;
    this.startMs = startMs;
    this.last = last;
    this.leadingMs = leadingMs;
  }
}

/** The events of a sequence, the last one first. */
export interface Link<E> {
  readonly event: E;
  readonly before: Link<E> | undefined;
}

/** Adds events to the end. */
export function linked<E>(links: Link<E> | undefined, events: readonly E[]): Link<E> | undefined {
  return events.reduce<Link<E> | undefined>((before, event) => ({ event, before }), links);
}

/** The events, the first one first. */
export function eventsOf<E>(links: Link<E> | undefined): E[] {
  const events: E[] = [];
  for (let link = links; link !== undefined; link = link.before) events.push(link.event);
  return events.reverse();
}
