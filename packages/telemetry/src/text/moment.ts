import type { Timestamp } from "@tallyman/ecs";

/** A time in nanoseconds since 1970. */
export function nanosecondsOf({ ms, nanos }: Timestamp): bigint {
  return BigInt(ms) * 1_000_000n + BigInt(nanos);
}
