import type { ExecEvent } from "@tallyman/session-model";
import {
  type AuditEvent,
  auditText,
  EventAssembler,
  execOf,
  hasSucceeded,
  isPartOfEvent,
  parseAuditMessage,
} from "@tallyman/telemetry";

/** Puts execs together from records of audit as the kernel hands them to its daemon. `atNs` of an exec is in nanoseconds since 1970. */
export class AuditRecords {
  readonly #key: string;
  readonly #events = new EventAssembler();

  /** `key` is that of the rules whose events are meant. */
  constructor(key: string) {
    this.#key = key;
  }

  /** Takes a record in; gives the execs that it completes: one at most, unless others have lost their ends. */
  add(type: number, text: string): readonly ExecEvent[] {
    const record = parseAuditMessage(type, text);
    if (record === undefined || !isPartOfEvent(record)) return [];
    return this.#events.add(record).flatMap((event) => (this.#isMeant(event) ? (execOf(event) ?? []) : []));
  }

  #isMeant(event: AuditEvent): boolean {
    return hasSucceeded(event) && auditText(event.call?.get("key")) === this.#key;
  }
}
