import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const tickNs = 10_000_000n;

/**
 * A start time in whole hundredths of a second since boot, the precision of `/proc/<pid>/stat`: cut so, a time from the kernel's own records and one
 * from there are equal. Source: the kernel's `nsec_to_clock_t` with USER_HZ 100.
 */
export function startTick(startNs: bigint): number {
  return Number(startNs / tickNs);
}

/** The moment of a tick, in nanoseconds since boot. */
export function tickTimeNs(tick: number): bigint {
  return BigInt(tick) * tickNs;
}

/**
 * Makes the entity ids of one boot of one host: 33 characters that tell a process from any other, anywhere. They depend on the boot, the initial pid
 * namespace, the pid and the start tick alone, and so stay the same from exec to exec, over restarts of the sensor and between sources.
 */
export class EntityIds {
  readonly #prefix: string;

  constructor(bootId: string, pidNamespace: number | undefined) {
    const hash = sha256(utf8ToBytes(JSON.stringify([bootId, pidNamespace ?? null])));
    // Letters and digits only, so that no id looks like an option or a range.
    this.#prefix = Array.from(hash.subarray(0, 20), (byte) => alphabet[byte % 62]).join("");
  }

  of(pid: number, tick: number): string {
    return this.#prefix + digits(pid, 6) + digits(tick, 7);
  }
}

/** The lowest `width` digits of a whole number in base 64. */
function digits(value: number, width: number): string {
  let text = "";
  let rest = value;
  for (let i = 0; i < width; i++) {
    text = (alphabet[rest % 64] as string) + text;
    rest = Math.floor(rest / 64);
  }
  return text;
}
