import { type Json, parseTimestamp, type Timestamp } from "@tallyman/ecs";

/** What 64 bits hold of nanoseconds since 1970: until 2262. No kernel has other times. */
const nanosecondsMax = 2n ** 63n - 1n;

/** A time in nanoseconds since 1970. */
export function nanosecondsOf({ ms, nanos }: Timestamp): bigint {
  return BigInt(ms) * 1_000_000n + BigInt(nanos);
}

/** True for times that a kernel can have. */
export function isMoment(nanoseconds: bigint): boolean {
  return nanoseconds >= 0n && nanoseconds <= nanosecondsMax;
}

/** The time of a record, in ISO 8601; undefined for what is none, and for times that no kernel can have. */
export function momentIn(value: Json | undefined): Timestamp | undefined {
  const time = typeof value === "string" ? parseTimestamp(value) : undefined;
  return time !== undefined && isMoment(nanosecondsOf(time)) ? time : undefined;
}
