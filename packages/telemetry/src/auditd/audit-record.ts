/** A record of Linux's audit: one part of an event, the other parts of which have the same `id`. */
export interface AuditRecord {
  /** By its name: `SYSCALL`, `EXECVE`, … Of one that has no name here, what stood there. */
  readonly type: string;
  /** The host, where the log names it (`name_format`). */
  readonly node: string | undefined;
  /** Time and serial number: `1795524004.796:51300`. */
  readonly id: string;
  /** In milliseconds since 1970. */
  readonly ms: number;
  readonly serial: number;
  /** Its fields, as text. */
  readonly body: string;
}

/** Longer than any record of the kernel's, and of what auditd adds to it. Source: `MAX_AUDIT_MESSAGE_LENGTH`, 8,970 bytes. */
export const recordLengthMax = 65_536;
/** Within so many characters a record begins: behind its node, or what syslog puts before it. */
const headLengthMax = 512;

/** By number, those that are read here. Source: `include/uapi/linux/audit.h`, and audit's `audit-records.h`. */
const typeNames: Readonly<Record<string, string>> = {
  1100: "USER_AUTH",
  1112: "USER_LOGIN",
  1300: "SYSCALL",
  1302: "PATH",
  1306: "SOCKADDR",
  1307: "CWD",
  1309: "EXECVE",
  1320: "EOE",
  1321: "BPRM_FCAPS",
  1327: "PROCTITLE",
};

/**
 * Reads a line of `audit.log`, of what auditd gives its plugins, or of the kernel's log: `node=… type=… msg=audit(…): …`. Undefined for any other line.
 */
export function parseAuditLine(line: string): AuditRecord | undefined {
  if (line.length > recordLengthMax) return undefined;
  const head = line.slice(0, headLengthMax);
  const at = head.indexOf("audit(");
  const before = at < 0 ? "" : head.slice(0, at);
  const type = wordAfter(before, "type=");
  if (type === undefined) return undefined;
  return recordOf(type, wordAfter(before, "node="), line, at);
}

/** Reads a record as the kernel hands it to its daemon: the type by its number, and `audit(…): …`. */
export function parseAuditMessage(type: number, text: string): AuditRecord | undefined {
  return text.length > recordLengthMax ? undefined : recordOf(String(type), undefined, text, 0);
}

const stamp = /audit\((\d{1,10})\.(\d{3}):(\d{1,15})\): ?/y;

function recordOf(type: string, node: string | undefined, text: string, at: number): AuditRecord | undefined {
  stamp.lastIndex = at;
  const found = stamp.exec(text);
  if (found === null) return undefined;
  const [whole, seconds, milliseconds, serial] = found as unknown as [string, string, string, string];
  return {
    type: typeNames[type] ?? type,
    node,
    id: `${seconds}.${milliseconds}:${serial}`,
    ms: Number(seconds) * 1000 + Number(milliseconds),
    serial: Number(serial),
    body: text.slice(at + whole.length),
  };
}

function wordAfter(text: string, mark: string): string | undefined {
  const at = text.lastIndexOf(mark);
  if (at < 0 || (at > 0 && text[at - 1] !== " ")) return undefined;
  const start = at + mark.length;
  const end = text.indexOf(" ", start);
  return end <= start ? undefined : text.slice(start, end);
}
