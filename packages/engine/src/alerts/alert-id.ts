import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Json } from "@tallyman/ecs";

/** The SHA-256 of a text's UTF-8 bytes, as 64 hexadecimal digits. */
export function digest(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)));
}

/** A digest of parts that no other parts share, however their boundaries fall. */
export function digestOf(parts: readonly Json[]): string {
  return digest(JSON.stringify(parts));
}

/** A name-based UUID (version 8, RFC 9562) of a text. */
export function uuidOf(text: string): string {
  const hex = digest(text);
  const variant = ((Number.parseInt(hex[16] as string, 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join("-");
}
