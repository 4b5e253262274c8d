import { libc, SystemCallError } from "../native/libc.ts";
import { NetlinkSocket } from "../netlink/netlink-socket.ts";
import { SourceUnavailable } from "../source-unavailable.ts";
import { isOwnRule, ownRules } from "./audit-rule.ts";

// From include/uapi/linux/audit.h.
const protocol = 9; // NETLINK_AUDIT
const message = { get: 1000, set: 1001, addRule: 1011, deleteRule: 1012, listRules: 1013 } as const;
const statusBytes = 44;
/** The fields of struct audit_status that are read and written here, and the bit of each in its mask. */
const statusFields = {
  enabled: { offset: 4, mask: 0x01 },
  pid: { offset: 12, mask: 0x04 },
  backlogLimit: { offset: 20, mask: 0x10 },
  backlogWaitTime: { offset: 36, mask: 0x20 },
} as const;
const lostOffset = 24;
const locked = 2;

const netlink = { error: 2, done: 3, request: 1, acknowledge: 4 } as const;
const answerMs = 2000;
const receiveBytes = 16 << 20;

const backlogLimit = 8192;

type Status = Readonly<Record<keyof typeof statusFields | "lost", number>>;

/**
 * Makes this process the audit daemon, with rules that report every exec. The state of audit is the whole host's: what it was before is put back by
 * `restore`, when this process exits, or when this fails half-way; not when a signal ends it. Then the rules, the limits and the switch stay as they
 * are here. The next start takes its rules for a sign of that: it removes them, and audit is off after it. What the limits were, nobody knows any more.
 */
export class AuditControl {
  /** Where the records come. */
  readonly records: NetlinkSocket;
  readonly #control: NetlinkSocket;
  readonly #before: Status;
  readonly #restoreAtExit = () => this.restore();
  #isRestored = false;
  #lost = 0;
  /** The kernel's own count when it was last read. */
  #counted: number;
  #lostReadMs = 0;

  /** Throws SourceUnavailable. */
  static open(): AuditControl {
    const rules = ownRules();
    let control: NetlinkSocket;
    try {
      control = NetlinkSocket.open(protocol, 0);
    } catch (error) {
      throw unavailable(error);
    }
    try {
      return new AuditControl(control, rules);
    } catch (error) {
      control.close();
      throw unavailable(error);
    }
  }

  private constructor(control: NetlinkSocket, rules: readonly Buffer[]) {
    this.#control = control;
    const status = this.#status();
    const { enabled, pid } = status;
    if (pid !== 0) throw new SourceUnavailable(`an audit daemon runs already, process ${pid}`);
    if (enabled === locked)
      throw new SourceUnavailable("audit is locked until the next boot (auditctl -e 2)");
    this.#counted = status.lost;
    const wasKilled = this.#listOwnRules().length > 0;
    this.#before = wasKilled ? { ...status, enabled: 0 } : status;
    this.records = NetlinkSocket.open(protocol, 0);
    process.once("exit", this.#restoreAtExit);
    try {
      this.records.enlargeBuffer(receiveBytes);
      this.#deleteRules();
      for (const rule of rules) this.#request(message.addRule, rule);
      // Nobody waits for this process when it does not keep up: records are dropped and counted.
      this.#set({ backlogLimit: Math.max(backlogLimit, this.#before.backlogLimit), backlogWaitTime: 0 });
      // The records come to the socket that says this.
      ask(this.records, message.set, statusMessage({ pid: process.pid }));
      this.#set({ enabled: 1 });
    } catch (error) {
      this.restore();
      throw error;
    }
  }

  /**
   * How many records audit has dropped since this was opened, of which an exec has several; what was known a second ago at most, and in the end. When an
   * administrator sets the kernel's count to zero meanwhile, what it had grown by since the last look is missing.
   */
  lost(): number {
    if (!this.#isRestored && Date.now() - this.#lostReadMs > 1000) {
      const { lost } = this.#status();
      this.#lost += lost < this.#counted ? lost : lost - this.#counted;
      this.#counted = lost;
      this.#lostReadMs = Date.now();
    }
    return this.#lost;
  }

  /** Puts back what was before. Does nothing the second time. */
  restore(): void {
    if (this.#isRestored) return;
    this.#lostReadMs = 0;
    process.removeListener("exit", this.#restoreAtExit);
    const { enabled, backlogLimit, backlogWaitTime } = this.#before;
    // One after the other, each whether or not the one before could be done.
    const steps = [
      () => void this.lost(),
      () => this.#deleteRules(),
      () => this.#set({ enabled }),
      () => this.#set({ backlogLimit, backlogWaitTime }),
      () => this.#set({ pid: 0 }),
    ];
    const failures = steps.flatMap((step) => failureOf(step) ?? []);
    this.#isRestored = true;
    this.records.close();
    this.#control.close();
    if (failures[0] !== undefined) throw failures[0];
  }

  #status(): Status {
    const answer = ask(this.#control, message.get, Buffer.alloc(0), message.get).at(-1);
    if (answer === undefined || answer.payload.length < statusBytes - 4)
      throw new SourceUnavailable("this kernel's audit is too old");
    const field = (offset: number) => answer.payload.readUInt32LE(offset);
    return {
      enabled: field(statusFields.enabled.offset),
      pid: field(statusFields.pid.offset),
      backlogLimit: field(statusFields.backlogLimit.offset),
      backlogWaitTime: field(statusFields.backlogWaitTime.offset),
      lost: field(lostOffset),
    };
  }

  #set(values: Partial<Status>): void {
    this.#request(message.set, statusMessage(values));
  }

  #deleteRules(): void {
    for (const rule of this.#listOwnRules()) this.#request(message.deleteRule, rule);
  }

  #listOwnRules(): Buffer[] {
    return ask(this.#control, message.listRules, Buffer.alloc(0), netlink.done)
      .filter(({ type, payload }) => type === message.listRules && isOwnRule(payload))
      .map(({ payload }) => payload);
  }

  #request(type: number, payload: Buffer): void {
    ask(this.#control, type, payload);
  }
}

interface Answer {
  readonly type: number;
  readonly payload: Buffer;
}

/**
 * Sends a request and gives what comes, up to a message of the type that is to be the last one: the acknowledgement, if nothing else is said. Records
 * that come meanwhile are lost. Throws a SystemCallError with the kernel's refusal.
 */
function ask(socket: NetlinkSocket, type: number, payload: Buffer, last: number = netlink.error): Answer[] {
  socket.send(type, netlink.request | (last === netlink.error ? netlink.acknowledge : 0), payload);
  const answers: Answer[] = [];
  for (const end = Date.now() + answerMs; Date.now() < end; ) {
    const received = socket.receive();
    if (received === undefined) libc().waitReadable([socket.fd], answerMs);
    if (typeof received !== "object") continue;
    const code = received.type === netlink.error ? -received.payload.readInt32LE(0) : 0;
    if (code !== 0) throw new SystemCallError("audit", code);
    answers.push({ type: received.type, payload: Buffer.from(received.payload) });
    if (received.type === last) return answers;
  }
  throw new SourceUnavailable("audit does not answer");
}

function statusMessage(values: Partial<Status>): Buffer {
  const bytes = Buffer.alloc(statusBytes);
  let mask = 0;
  for (const [name, { offset, mask: bit }] of Object.entries(statusFields)) {
    const value = values[name as keyof typeof statusFields];
    if (value === undefined) continue;
    mask |= bit;
    bytes.writeUInt32LE(value, offset);
  }
  bytes.writeUInt32LE(mask, 0);
  return bytes;
}

function unavailable(error: unknown): unknown {
  if (!(error instanceof SystemCallError)) return error;
  return new SourceUnavailable(`audit cannot be used (it takes CAP_AUDIT_CONTROL): ${error.message}`);
}

function failureOf(step: () => void): Error | undefined {
  try {
    step();
    return undefined;
  } catch (error) {
    return error as Error;
  }
}
