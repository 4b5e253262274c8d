import { libc, SystemCallError } from "../native/libc.ts";
import { NetlinkSocket } from "../netlink/netlink-socket.ts";
import { SourceUnavailable } from "../source-unavailable.ts";
import { ruleKey } from "./rule-key.ts";

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

/** The architectures of programs on a host, as audit numbers them, with the numbers of execve and execveat. */
const architectures: Readonly<Partial<Record<string, readonly Convention[]>>> = {
  x64: [
    { architecture: 0xc000003e, calls: [59, 322] },
    { architecture: 0x40000003, calls: [11, 358] },
  ],
  arm64: [
    { architecture: 0xc00000b7, calls: [221, 281] },
    { architecture: 0x40000028, calls: [11, 387] },
  ],
};

interface Convention {
  readonly architecture: number;
  readonly calls: readonly number[];
}

/**
 * Makes this process the audit daemon, with rules that report every exec. The state of audit is the whole host's: what it was before is put back by
 * `restore`, when this process exits, or when this fails half-way; not when a signal ends it. Then the rules stay, and audit stays enabled, until the next
 * start finds and removes the rules, or `auditctl -D -k tallyman -e 0` does.
 */
export class AuditControl {
  /** Where the records come. */
  readonly records: NetlinkSocket;
  readonly #control: NetlinkSocket;
  readonly #before: Status;
  readonly #restoreAtExit = () => this.restore();
  #isRestored = false;
  #lost = 0;
  #lostReadMs = 0;

  /** Throws SourceUnavailable. */
  static open(): AuditControl {
    const conventions = architectures[process.arch];
    if (conventions === undefined) throw new SourceUnavailable(`audit is not known on ${process.arch}`);
    let control: NetlinkSocket;
    try {
      control = NetlinkSocket.open(protocol, 0);
    } catch (error) {
      throw unavailable(error);
    }
    try {
      return new AuditControl(control, conventions);
    } catch (error) {
      control.close();
      throw unavailable(error);
    }
  }

  private constructor(control: NetlinkSocket, conventions: readonly Convention[]) {
    this.#control = control;
    this.#before = this.#status();
    const { enabled, pid } = this.#before;
    if (pid !== 0) throw new SourceUnavailable(`an audit daemon runs already, process ${pid}`);
    if (enabled === locked)
      throw new SourceUnavailable("audit is locked until the next boot (auditctl -e 2)");
    this.records = NetlinkSocket.open(protocol, 0);
    process.once("exit", this.#restoreAtExit);
    try {
      this.records.enlargeBuffer(receiveBytes);
      // Left behind by one that was killed.
      this.#deleteRules();
      for (const convention of conventions) this.#request(message.addRule, ruleFor(convention));
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

  /** How many records audit has dropped since this was opened; what was known a second ago at most, and in the end. */
  lost(): number {
    if (!this.#isRestored && Date.now() - this.#lostReadMs > 1000) {
      this.#lost = this.#status().lost - this.#before.lost;
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

  /** Deletes the rules with our key. */
  #deleteRules(): void {
    const rules = ask(this.#control, message.listRules, Buffer.alloc(0), netlink.done);
    for (const { type, payload } of rules)
      if (type === message.listRules && payload.subarray(ruleFixedBytes).toString("latin1").includes(ruleKey))
        this.#request(message.deleteRule, payload);
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
    if (received === undefined || received === "overrun") continue;
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

const fieldsMax = 64;
/** Of struct audit_rule_data, before the texts. */
const ruleFixedBytes = 12 + 4 * 4 * fieldsMax + 4;

/** `always,exit` for some calls of one architecture, with our key. */
function ruleFor({ architecture, calls }: Convention): Buffer {
  const [maskAt, fieldsAt, valuesAt, flagsAt] = [0, 1, 2, 3].map((n) => 12 + n * 4 * fieldsMax) as [
    number,
    number,
    number,
    number,
  ];
  const fields = [
    { field: 11, value: architecture }, // AUDIT_ARCH
    { field: 210, value: ruleKey.length }, // AUDIT_FILTERKEY
  ];
  const bytes = Buffer.alloc(ruleFixedBytes + ruleKey.length);
  bytes.writeUInt32LE(4, 0); // AUDIT_FILTER_EXIT
  bytes.writeUInt32LE(2, 4); // AUDIT_ALWAYS
  bytes.writeUInt32LE(fields.length, 8);
  for (const call of calls) {
    const at = maskAt + (call >> 5) * 4;
    bytes.writeUInt32LE((bytes.readUInt32LE(at) | (1 << (call & 31))) >>> 0, at);
  }
  for (const [i, { field, value }] of fields.entries()) {
    bytes.writeUInt32LE(field, fieldsAt + i * 4);
    bytes.writeUInt32LE(value, valuesAt + i * 4);
    bytes.writeUInt32LE(0x40000000, flagsAt + i * 4); // AUDIT_EQUAL
  }
  bytes.writeUInt32LE(ruleKey.length, ruleFixedBytes - 4);
  bytes.write(ruleKey, ruleFixedBytes, "latin1");
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
