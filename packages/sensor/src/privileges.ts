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

/** What eBPF takes to start and not to run. */
const forStart: readonly Capability[] = ["bpf", "perfmon"];

/**
 * What each source takes to start and to run, `/proc` included. The proc connector takes `net_admin` only
 * before Linux 6.6.
 */
export const neededCapabilities: Readonly<Record<SourceName, readonly Capability[]>> = {
  ebpf: [...forStart, ...forProc],
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
  const kept = keep.map((name): number => numbers[name]);
  // One that does not exist is refused, as all are without CAP_SETPCAP; then there is nothing to lose by it.
  for (let number = 0; number <= lastCapability; number++)
    if (!kept.includes(number))
      libc().syscall(architecture().prctl, prctl.dropFromBoundingSet, number, 0, 0, 0);
  process.setgroups?.([]);
  process.setgid?.(gid);
  process.setuid?.(uid);
  const mask = maskOf(keep);
  setCapabilities({ effective: mask, permitted: mask, inheritable: 0n });
  control(prctl.noNewPrivileges, 1);
}

/**
 * Gives up, when a source runs, what it took only to start. It cannot be started again by this thread. Node's other threads keep what they have,
 * which is nothing after `dropPrivileges`, and otherwise what this process was started with. Throws a SystemCallError.
 */
export function giveUpStartRights(): void {
  restrictCapabilities(allCapabilities & ~maskOf(forStart));
}

/** Leaves the calling thread no more than it takes to look at other users' processes in `/proc`, or nothing at all. Does nothing where that is forbidden. */
export function keepRightsFor(work: "proc" | "nothing"): void {
  try {
    restrictCapabilities(work === "proc" ? maskOf(forProc) : 0n);
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
  }
}

function control(option: number, value: number): void {
  const result = libc().syscall(architecture().prctl, option, value, 0, 0, 0);
  if (result < 0) throw new SystemCallError("prctl", -result);
}

type CapabilitySets = Readonly<Record<(typeof setNames)[number], bigint>>;

/** As they lie in struct __user_cap_data_struct, of which there is one for each half of the numbers. */
const setNames = ["effective", "permitted", "inheritable"] as const;
const allCapabilities = (1n << BigInt(lastCapability + 1)) - 1n;

function maskOf(names: readonly Capability[]): bigint {
  return names.reduce((mask, name) => mask | (1n << BigInt(numbers[name])), 0n);
}

/** Takes from this thread what the mask does not have. */
function restrictCapabilities(mask: bigint): void {
  const { effective, permitted, inheritable } = getCapabilities();
  setCapabilities({
    effective: effective & mask,
    permitted: permitted & mask,
    inheritable: inheritable & mask,
  });
}

function getCapabilities(): CapabilitySets {
  const data = capabilityCall("capget", architecture().capget, Buffer.alloc(24));
  const read = (set: number) =>
    BigInt(data.readUInt32LE(4 * set)) | (BigInt(data.readUInt32LE(12 + 4 * set)) << 32n);
  return { effective: read(0), permitted: read(1), inheritable: read(2) };
}

function setCapabilities(sets: CapabilitySets): void {
  const data = Buffer.alloc(24);
  for (const [number, name] of setNames.entries()) {
    data.writeUInt32LE(Number(sets[name] & 0xffff_ffffn), 4 * number);
    data.writeUInt32LE(Number(sets[name] >> 32n), 12 + 4 * number);
  }
  capabilityCall("capset", architecture().capset, data);
}

/** Gives the data as they are after the call, which is about this thread. */
function capabilityCall(name: string, number: number, data: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(capabilityVersion);
  const memory = [libc().allocate(header), libc().allocate(data)] as const;
  const result = libc().syscall(number, memory[0].address, memory[1].address);
  const after = memory[1].read();
  for (const { free } of memory) free();
  if (result < 0) throw new SystemCallError(name, -result);
  return after;
}
