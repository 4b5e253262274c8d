import type { CharDevice, Credentials } from "@tallyman/session-model";

/** What audit says of a program that was executed: everything that cannot be asked of a process that has ended. */
export interface AuditExec {
  readonly pid: number;
  readonly ppid: number;
  readonly wallNs: bigint;
  readonly credentials: Credentials;
  /** Absent for a terminal of an unknown kind. */
  readonly tty?: CharDevice | null;
  readonly comm?: string;
  /** The path as it was given to execve. */
  readonly filename?: string;
  /** The file that runs: of a script, its interpreter. */
  readonly executable?: string;
  readonly workingDirectory?: string;
  readonly args: readonly string[];
  readonly argsTruncated?: boolean;
}

/** Types of records (include/uapi/linux/audit.h). */
const recordType = { syscall: 1300, path: 1302, cwd: 1307, execve: 1309, endOfEvent: 1320 } as const;

/** More than this is cut, as it is of execs that come from elsewhere. */
const argsBytesMax = 12 * 1024;
/** Events of which the end has not come yet. There are few at a time. */
const openEventsMax = 1024;

/**
 * Puts execs together from records of audit, of which each tells a part: `SYSCALL`, `EXECVE` (several of them for many arguments), `CWD`, `PATH` and at
 * last `EOE`, all with the number of their event. Values that hold anything odd are in hexadecimal, others between quotes.
 */
export class AuditRecords {
  readonly #key: string;
  readonly #open = new Map<number, OpenEvent>();

  /** `key` is that of the rules whose events are meant. */
  constructor(key: string) {
    this.#key = key;
  }

  /** Takes a record in; gives the exec that it completes. */
  add(type: number, record: string): AuditExec | undefined {
    const header = /^audit\((\d+)\.(\d+):(\d+)\): /.exec(record);
    if (header === null) return undefined;
    const [start, seconds, milliseconds, serial] = header as unknown as [string, string, string, string];
    const number = Number(serial);
    if (type === recordType.endOfEvent) {
      const event = this.#open.get(number);
      this.#open.delete(number);
      return event && execOf(event, this.#key);
    }
    if (!isPartOfExec(type)) return undefined;
    const event = this.#open.get(number) ?? this.#begin(number);
    event.wallNs = (BigInt(seconds) * 1000n + BigInt(milliseconds)) * 1_000_000n;
    const values = valuesIn(record.slice(start.length));
    if (type === recordType.syscall) event.call = values;
    else if (type === recordType.cwd) event.workingDirectory = textOf(values.get("cwd"));
    else if (type === recordType.execve) addArguments(event, values);
    // The first path is the one that was given; those behind it are interpreters.
    else if (values.get("item") === "0") event.filename = textOf(values.get("name"));
    return undefined;
  }

  #begin(number: number): OpenEvent {
    if (this.#open.size >= openEventsMax)
      for (const oldest of [...this.#open.keys()].slice(0, 1)) this.#open.delete(oldest);
    const event: OpenEvent = { wallNs: 0n, pieces: new Map(), bytes: 0, isCut: false };
    this.#open.set(number, event);
    return event;
  }
}

interface OpenEvent {
  wallNs: bigint;
  call?: Values;
  workingDirectory?: string | undefined;
  filename?: string | undefined;
  /** Of each argument, by its number. */
  readonly pieces: Map<number, Buffer[]>;
  bytes: number;
  isCut: boolean;
}

type Values = ReadonlyMap<string, string>;

function isPartOfExec(type: number): boolean {
  return (
    type === recordType.syscall ||
    type === recordType.path ||
    type === recordType.cwd ||
    type === recordType.execve
  );
}

function valuesIn(text: string): Values {
  return new Map(
    Array.from(text.matchAll(/([\w[\]]+)=("[^"]*"|\S*)/g), ([, name, value]) => [
      name as string,
      value as string,
    ]),
  );
}

function addArguments(event: OpenEvent, values: Values): void {
  for (const [name, value] of values) {
    // `a0`, or `a0[0]`, `a0[1]` and so on for the pieces of a long one.
    const place = /^a(\d+)(?:\[\d+\])?$/.exec(name);
    if (place === null) continue;
    const bytes = bytesOf(value);
    if (event.bytes + bytes.length > argsBytesMax) {
      event.isCut = true;
      return;
    }
    event.bytes += bytes.length + 1;
    const number = Number(place[1]);
    event.pieces.set(number, [...(event.pieces.get(number) ?? []), bytes]);
  }
}

function execOf({ call, ...event }: OpenEvent, key: string): AuditExec | undefined {
  if (call === undefined || call.get("success") !== "yes" || textOf(call.get("key")) !== key)
    return undefined;
  const id = (name: string) => Number(call.get(name));
  const tty = ttyOf(textOf(call.get("tty")) ?? "");
  const comm = textOf(call.get("comm"));
  const executable = textOf(call.get("exe"));
  const { filename, workingDirectory } = event;
  return {
    pid: id("pid"),
    ppid: id("ppid"),
    wallNs: event.wallNs,
    credentials: {
      uid: id("uid"),
      euid: id("euid"),
      suid: id("suid"),
      gid: id("gid"),
      egid: id("egid"),
      sgid: id("sgid"),
    },
    args: [...event.pieces].sort(([a], [b]) => a - b).map(([, pieces]) => Buffer.concat(pieces).toString()),
    ...(event.isCut ? { argsTruncated: true } : {}),
    ...(tty === undefined ? {} : { tty }),
    ...(comm === undefined ? {} : { comm }),
    ...(executable === undefined ? {} : { executable }),
    ...(filename === undefined ? {} : { filename }),
    ...(workingDirectory === undefined ? {} : { workingDirectory }),
  };
}

function textOf(value: string | undefined): string | undefined {
  return value === undefined || value === "(null)" ? undefined : bytesOf(value).toString();
}

function bytesOf(value: string): Buffer {
  if (value.startsWith('"')) return Buffer.from(value.slice(1, -1), "latin1");
  return /^(?:[0-9A-F]{2})+$/.test(value) ? Buffer.from(value, "hex") : Buffer.from(value, "latin1");
}

/** The device behind the name that the kernel gives to a terminal; null for none, undefined for a driver that is not known here. */
export function ttyOf(name: string): CharDevice | null | undefined {
  if (name === "(none)") return null;
  const [, driver, digits] = /^(pts|ttyS|tty)(\d{1,7})$/.exec(name) ?? [];
  const number = Number(digits);
  if (driver === "pts") return { major: 136 + (number >> 8), minor: number & 0xff };
  if (driver === "ttyS" && number < 192) return { major: 4, minor: 64 + number };
  if (driver === "tty" && number < 64) return { major: 4, minor: number };
  return undefined;
}
