import { type AuditFields, auditText, enrichedFieldsIn, fieldsIn } from "./audit-fields.ts";
import type { AuditRecord } from "./audit-record.ts";
import { ExecArguments } from "./exec-arguments.ts";

/** A system call, put together from its records. What no record told is absent. */
export interface AuditEvent {
  readonly node: string | undefined;
  readonly id: string;
  readonly ms: number;
  readonly serial: number;
  call?: AuditFields;
  /** Names that auditd has found for the numbers in `call`. */
  callNames?: AuditFields;
  workingDirectory?: string | undefined;
  /** In the order in which the kernel numbers them. */
  readonly paths: AuditFields[];
  readonly args: ExecArguments;
  /** A socket's address, as hexadecimal digits. */
  socketAddress?: string | undefined;
  /** What an exec has made of the capabilities. */
  capabilities?: AuditFields;
  /** About how many characters it holds. */
  size: number;
}

/** How many events may be open at a time, and how much their records may hold. */
export interface AssemblerLimits {
  readonly eventsMax: number;
  readonly charactersMax: number;
}

const defaultLimits: AssemblerLimits = { eventsMax: 1024, charactersMax: 16 * 1024 * 1024 };
/** How long the rest of an event may be late, by the time of records: what auditd waits itself (`end_of_event_timeout`). */
const patienceMs = 2000;
/** A call has five paths at most, an exec as many as interpreters behind each other. */
const pathsMax = 16;

/** Records that belong to a system call. All others are events of their own. */
const partTypes: ReadonlySet<string> = new Set([
  "SYSCALL",
  "EXECVE",
  "CWD",
  "PATH",
  "SOCKADDR",
  "BPRM_FCAPS",
  "PROCTITLE",
  "EOE",
]);

export function isPartOfEvent({ type }: AuditRecord): boolean {
  return partTypes.has(type);
}

/**
 * Puts system calls together from their records, which may lie between those of others. `PROCTITLE` is the last of them in a log, `EOE` elsewhere; an event
 * that has lost its end is given up as whole when records come that are two seconds later, or when there are too many.
 */
export class EventAssembler {
  /** Events that were given up at a limit. */
  evicted = 0;
  readonly #limits: AssemblerLimits;
  /** The oldest first. */
  readonly #open = new Map<string, AuditEvent>();
  #characters = 0;

  constructor(limits: Partial<AssemblerLimits> = {}) {
    this.#limits = { ...defaultLimits, ...limits };
  }

  /** Takes in a part of an event; gives the events that are whole now. */
  add(record: AuditRecord): readonly AuditEvent[] {
    const key = `${record.node ?? ""} ${record.id}`;
    const event = this.#open.get(key) ?? this.#begin(key, record);
    if (event === undefined) return [];
    const { size } = event;
    addPart(event, record);
    this.#characters += event.size - size;
    const isWhole = record.type === "EOE" || record.type === "PROCTITLE";
    return [...(isWhole ? [this.#finish(key, event)] : []), ...this.#tooOld(record.ms), ...this.#tooMany()];
  }

  /** The events that are still open, when nothing more is going to come. */
  end(): readonly AuditEvent[] {
    const events = [...this.#open.values()];
    this.#open.clear();
    this.#characters = 0;
    return events;
  }

  #begin(key: string, { type, node, id, ms, serial }: AuditRecord): AuditEvent | undefined {
    // The end of an event that was finished by its PROCTITLE.
    if (type === "EOE") return undefined;
    const event: AuditEvent = { node, id, ms, serial, paths: [], args: new ExecArguments(), size: 0 };
    this.#open.set(key, event);
    return event;
  }

  #finish(key: string, event: AuditEvent): AuditEvent {
    this.#open.delete(key);
    this.#characters -= event.size;
    return event;
  }

  #tooOld(nowMs: number): readonly AuditEvent[] {
    const old: AuditEvent[] = [];
    for (const [key, event] of this.#open) {
      if (event.ms + patienceMs >= nowMs) break;
      old.push(this.#finish(key, event));
    }
    return old;
  }

  #tooMany(): readonly AuditEvent[] {
    const given: AuditEvent[] = [];
    for (const [key, event] of this.#open) {
      if (this.#open.size <= this.#limits.eventsMax && this.#characters <= this.#limits.charactersMax) break;
      given.push(this.#finish(key, event));
    }
    this.evicted += given.length;
    return given;
  }
}

function addPart(event: AuditEvent, { type, body }: AuditRecord): void {
  const fields = type === "EOE" || type === "PROCTITLE" ? undefined : fieldsIn(body);
  if (fields === undefined) return;
  switch (type) {
    case "SYSCALL":
      event.call = fields;
      event.callNames = enrichedFieldsIn(body);
      break;
    case "EXECVE":
      event.args.add(fields);
      break;
    case "CWD":
      event.workingDirectory = auditText(fields.get("cwd"));
      break;
    case "PATH":
      if (event.paths.length >= pathsMax) return;
      event.paths.push(fields);
      break;
    case "SOCKADDR":
      event.socketAddress = fields.get("saddr");
      break;
    case "BPRM_FCAPS":
      event.capabilities = fields;
      break;
  }
  // Of arguments beyond the limit nothing is held.
  if (type !== "EXECVE" || !event.args.isCut) event.size += body.length;
}
