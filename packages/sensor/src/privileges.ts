import { architecture } from "./bpf/architecture.ts";
import { libc, SystemCallError } from "./native/libc.ts";
import type { SourceName } from "./sources/source.ts";

/** Capabilities that the sensor can use, by their numbers (capabilities(7)). */
const numbers = {
  dac_read_search: 2,
  net_admin: 12,
  sys_ptrace: 19,
  audit_control: 30,
  perfmon: 38,
  bpf: 39,
} as const;

export type Capability = keyof typeof numbers;

/** What it takes to look at other users' processes in `/proc`. */
const forProc: readonly Capability[] = ["sys_ptrace", "dac_read_search"];

/**
 * What each source takes to start and to run, `/proc` included. eBPF takes `bpf` and `perfmon` only to start; the proc connector takes `net_admin` only
 * before Linux 6.6.
 */
export const neededCapabilities: Readonly<Record<SourceName, readonly Capability[]>> = {
  ebpf: ["bpf", "perfmon", ...forProc],
  audit: ["audit_control", "net_admin", ...forProc],
  "proc-connector": ["net_admin", ...forProc],
};

export interface LesserRights {
  readonly uid: number;
  readonly gid: number;
  readonly keep: readonly Capability[];
}

const prctl = { keepCapabilities: 8, dropFromBoundingSet: 24, noNewPrivileges: 38 } as const;
const lastCapability = 63;
const capabilityVersion = 0x2008_0522;

/**
 * Makes this process, run by root, one of another user with some capabilities and no way to get more. Capabilities belong to threads. The C library
 * changes the user of all of them, whereby all lose every capability, those of Node's thread pool as well; only the calling thread is told before to
 * keep what it has, and then keeps what is asked for. Threads that it starts later inherit that. So sources that read `/proc` in a worker are to
 * be started afterwards, and files are to be read with the synchronous functions, which run on the calling thread. Throws a SystemCallError, or what
 * Node throws when it may not change the user.
 */
export function dropPrivileges({ uid, gid, keep }: LesserRights): void {
  control(prctl.keepCapabilities, 1);
  const kept: readonly number[] = keep.map((name) => numbers[name]);
  // One that does not exist is refused, as all are without CAP_SETPCAP; then there is nothing to lose by it.
  for (let number = 0; number <= lastCapability; number++)
    if (!kept.includes(number))
      libc().syscall(architecture().prctl, prctl.dropFromBoundingSet, number, 0, 0, 0);
  process.setgroups?.([]);
  process.setgid?.(gid);
  process.setuid?.(uid);
  setCapabilities(kept.reduce((mask, number) => mask | (1n << BigInt(number)), 0n));
  control(prctl.noNewPrivileges, 1);
}

function control(option: number, value: number): void {
  const result = libc().syscall(architecture().prctl, option, value, 0, 0, 0);
  if (result < 0) throw new SystemCallError("prctl", -result);
}

/** Makes these the effective and the permitted ones of this thread, and none inheritable. */
function setCapabilities(mask: bigint): void {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(capabilityVersion);
  const sets = Buffer.alloc(24);
  for (const half of [0, 1]) {
    const bits = Number((mask >> BigInt(32 * half)) & 0xffff_ffffn);
    sets.writeUInt32LE(bits, half * 12);
    sets.writeUInt32LE(bits, half * 12 + 4);
  }
  const memory = [libc().allocate(header), libc().allocate(sets)] as const;
  const result = libc().syscall(architecture().capset, memory[0].address, memory[1].address);
  for (const { free } of memory) free();
  if (result < 0) throw new SystemCallError("capset", -result);
}
