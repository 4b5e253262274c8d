import { textOfUtf8 } from "../text/utf8.ts";

/** The fields of a record, by name, as they are written: between quotes, in hexadecimal, or as they are. */
export type AuditFields = ReadonlyMap<string, string>;

/** What auditd writes between what the kernel said and what it adds to that (`log_format = ENRICHED`). */
const enrichment = "\u001d";

/** The fields that the kernel, or a program, has written. Those of a message within the record (`msg='…'`) are among them; the first of a name counts. */
export function fieldsIn(body: string): AuditFields {
  const end = body.indexOf(enrichment);
  return readFields(end < 0 ? body : body.slice(0, end));
}

/** What auditd has added: names for numbers, under the fields' names in capitals (`UID="root"`). */
export function enrichedFieldsIn(body: string): AuditFields {
  const end = body.indexOf(enrichment);
  return readFields(end < 0 ? "" : body.slice(end + 1));
}

/** A name that auditd has added; undefined for what it writes where there is none. */
export function addedName(value: string | undefined): string | undefined {
  const name = auditText(value);
  return name === undefined || name === "unset" || name.startsWith("unknown(") ? undefined : name;
}

function readFields(text: string): AuditFields {
  const fields = new Map<string, string>();
  let isInMessage = false;
  for (let at = 0; at < text.length; ) {
    const equals = text.indexOf("=", at);
    if (equals < 0) break;
    const before = text.slice(at, equals);
    const name = before.slice(before.lastIndexOf(" ") + 1);
    at = equals + 1;
    // More fields follow, with the closing quote behind the last.
    if (name === "msg" && text[at] === "'") {
      isInMessage = true;
      at += 1;
      continue;
    }
    const end = valueEnd(text, at);
    const value = text.slice(at, end);
    const isLast = isInMessage && end === text.length && value.endsWith("'");
    if (!fields.has(name)) fields.set(name, isLast ? value.slice(0, -1) : value);
    at = end;
  }
  return fields;
}

function valueEnd(text: string, start: number): number {
  const isQuoted = text[start] === '"';
  const end = isQuoted ? text.indexOf('"', start + 1) + 1 : text.indexOf(" ", start);
  return end <= 0 ? text.length : end;
}

/** The text of a value that somebody outside chose: quoted, or in hexadecimal when it holds anything odd. Undefined for one that is absent. */
export function auditText(value: string | undefined): string | undefined {
  if (value === undefined || value === "(null)" || value === "?" || value === "") return undefined;
  if (value.startsWith('"')) return unquoted(value);
  const bytes = bytesOfHex(value);
  return bytes === undefined ? value : textOfUtf8(bytes);
}

/** What stands between quotes, of which the last may be missing. */
export function unquoted(value: string): string {
  return value.length > 1 && value.endsWith('"') ? value.slice(1, -1) : value.slice(1);
}

/** The bytes of pairs of hexadecimal digits in capitals, as audit writes them; undefined for anything else. */
export function bytesOfHex(value: string): number[] | undefined {
  if (value.length === 0 || value.length % 2 !== 0) return undefined;
  const bytes: number[] = [];
  for (let i = 0; i < value.length; i += 2) {
    const high = digitOf(value.charCodeAt(i));
    const low = digitOf(value.charCodeAt(i + 1));
    if (high < 0 || low < 0) return undefined;
    bytes.push(high * 16 + low);
  }
  return bytes;
}

function digitOf(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  return code >= 65 && code <= 70 ? code - 55 : -1;
}

/** A number in a field: decimal, of at most 15 digits. */
export function auditNumber(value: string | undefined): number | undefined {
  return value !== undefined && /^-?\d{1,15}$/.test(value) ? Number(value) : undefined;
}
