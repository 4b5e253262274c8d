import { parseCidr, parseIp } from "@tallyman/ecs";
import type { HashKind, ValueKind } from "./indicator-fields.ts";

/** A value with what it is; or why it is none, to continue "so many …". */
export type ListedValue =
  | { readonly kind: ValueKind; readonly value: string; readonly problem: undefined }
  | { readonly kind: undefined; readonly problem: string };

/** In UTF-16 units: no address or link that a list is likely to mean is longer. */
const lengthMax = 8192;

const hashKinds: Readonly<Record<number, HashKind>> = { 32: "md5", 40: "sha1", 64: "sha256", 128: "sha512" };

/** Tells what a word of a list is. Lists often spell addresses so that nobody clicks on them: `hxxp://`, `1.2.3[.]4`. */
export function listedValue(text: string): ListedValue {
  if (text.length > lengthMax) return refuse(`longer than ${lengthMax} characters`);
  const value = text
    .replace(/^hxxp/i, "http")
    .replaceAll("[.]", ".")
    .replaceAll("(.)", ".")
    .replaceAll("[:]", ":")
    .replaceAll("[@]", "@");
  if (parseIp(value) !== undefined) return found(value.includes(":") ? "ipv6-addr" : "ipv4-addr", value);
  if (parseCidr(value) !== undefined) return refuse("a block of addresses, which no event can equal");
  if (/^[a-z][a-z0-9+.-]{1,20}:\/\/\S/i.test(value)) return found("url", value);
  const hash = /^[0-9a-f]+$/i.test(value) ? hashKinds[value.length] : undefined;
  if (hash !== undefined) return found(hash, value.toLowerCase());
  if (/^(?:HKEY_[A-Z_]+|HKLM|HKCU|HKCR|HKU|HKCC)\\/i.test(value)) return found("windows-registry-key", value);
  if (isEmail(value)) return found("email-addr", value);
  if (isDomain(value)) return found("domain-name", value.toLowerCase());
  return refuse("no address, domain, link, hash, e-mail address or registry key");
}

function isEmail(value: string): boolean {
  const at = value.lastIndexOf("@");
  return at > 0 && at <= 64 && !/\s/.test(value) && isDomain(value.slice(at + 1));
}

function isDomain(value: string): boolean {
  const labels = value.replace(/\.$/, "").split(".");
  return (
    value.length <= 254 &&
    labels.length > 1 &&
    labels.every((label) => /^[\p{L}\p{N}_](?:[\p{L}\p{N}_-]{0,61}[\p{L}\p{N}_])?$/u.test(label)) &&
    !/^\d+$/.test(labels.at(-1) ?? "")
  );
}

function found(kind: ValueKind, value: string): ListedValue {
  return { kind, value, problem: undefined };
}

function refuse(problem: string): ListedValue {
  return { kind: undefined, problem };
}
