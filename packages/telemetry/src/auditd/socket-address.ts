import type { Endpoint } from "@tallyman/session-model";
import { bytesOfHex } from "./audit-fields.ts";

export interface InternetAddress {
  readonly family: "ipv4" | "ipv6";
  readonly endpoint: Endpoint;
}

const families = { ipv4: 2, ipv6: 10 } as const;

/**
 * The address in a `SOCKADDR` record, which has the bytes of a `struct sockaddr` of a little-endian machine; undefined for other families than the
 * internet's.
 */
export function internetAddress(saddr: string | undefined): InternetAddress | undefined {
  const bytes = saddr === undefined || saddr.length > 512 ? undefined : bytesOfHex(saddr);
  if (bytes === undefined || bytes.length < 8) return undefined;
  const family = (bytes[0] as number) | ((bytes[1] as number) << 8);
  const port = ((bytes[2] as number) << 8) | (bytes[3] as number);
  if (family === families.ipv4)
    return { family: "ipv4", endpoint: { address: bytes.slice(4, 8).join("."), port } };
  if (family !== families.ipv6 || bytes.length < 24) return undefined;
  return { family: "ipv6", endpoint: { address: ipv6Text(bytes.slice(8, 24)), port } };
}

/** As RFC 5952 writes it: the longest run of zeros left out, and IPv4 addresses within as such. */
function ipv6Text(bytes: readonly number[]): string {
  const groups = Array.from(
    { length: 8 },
    (_, i) => ((bytes[i * 2] as number) << 8) | (bytes[i * 2 + 1] as number),
  );
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff)
    return `::ffff:${bytes.slice(12).join(".")}`;
  const zeros = longestZeros(groups);
  const text = (from: number, to: number) =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(":");
  return zeros.length < 2 ? text(0, 8) : `${text(0, zeros.start)}::${text(zeros.start + zeros.length, 8)}`;
}

function longestZeros(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length += 1;
    if (length > best.length) best = { start, length };
  }
  return best;
}
