import { libc, type NativeBytes, SystemCallError } from "../native/libc.ts";
import { SourceUnavailable } from "../source-unavailable.ts";
import { architecture } from "./architecture.ts";
import { encodeInstructions, type Instruction, instructionLength } from "./assembler.ts";

/** Commands of bpf(2), program and map types, as in include/uapi/linux/bpf.h. */
const command = { mapCreate: 0, programLoad: 5, rawTracepointOpen: 17 } as const;
const rawTracepoint = 17;
export const mapType = { array: 2, perCpuArray: 6, lruHash: 9, ring: 27 } as const;
const mappable = 1 << 10;

/** Programs may only read the kernel's memory under a licence compatible with the GPL. */
const licence = Buffer.from("Dual BSD/GPL\0");
const logBytes = 1 << 20;
const nameBytesMax = 15;
const errno = { perm: 1, inval: 22 } as const;

export interface MapShape {
  readonly type: (typeof mapType)[keyof typeof mapType];
  readonly keyBytes: number;
  readonly valueBytes: number;
  /** For a ring: its size in bytes. */
  readonly entries: number;
  /** Whether this process may map the values into its memory. */
  readonly isMappable?: boolean;
}

/** Gives a file descriptor; the map is gone when all of them and all programs with it are closed. Throws SourceUnavailable. */
export function createMap(name: string, shape: MapShape): number {
  const attributes = Buffer.alloc(72);
  attributes.writeUInt32LE(shape.type, 0);
  attributes.writeUInt32LE(shape.keyBytes, 4);
  attributes.writeUInt32LE(shape.valueBytes, 8);
  attributes.writeUInt32LE(shape.entries, 12);
  attributes.writeUInt32LE(shape.isMappable ? mappable : 0, 16);
  attributes.write(name.slice(0, nameBytesMax), 28, "latin1");
  const fd = bpf(command.mapCreate, attributes);
  if (fd >= 0) return fd;
  if (fd === -errno.inval && shape.type === mapType.ring)
    throw new SourceUnavailable("the kernel has no BPF ring buffers, which come with Linux 5.8");
  throw refusal(`the map "${name}"`, -fd);
}

/** Gives a file descriptor. Throws SourceUnavailable with the verifier's last words when the kernel refuses the program. */
export function loadProgram(name: string, instructions: readonly Instruction[]): number {
  const code = libc().allocate(encodeInstructions(instructions));
  const terms = libc().allocate(licence);
  try {
    const attributes = Buffer.alloc(128);
    attributes.writeUInt32LE(rawTracepoint, 0);
    attributes.writeUInt32LE(code.length / instructionLength, 4);
    attributes.writeBigUInt64LE(code.address, 8);
    attributes.writeBigUInt64LE(terms.address, 16);
    attributes.write(name.slice(0, nameBytesMax), 48, "latin1");
    // The verifier gives up when a signal comes, as any may at any time.
    const fd = libc().withoutSignals(() => bpf(command.programLoad, attributes));
    if (fd >= 0) return fd;
    throw refusal(`the program "${name}"`, -fd, fd === -errno.perm ? "" : verifierLog(attributes));
  } finally {
    code.free();
    terms.free();
  }
}

/** Runs a program at a tracepoint for as long as the file descriptor is open that this gives. */
export function attachProgram(tracepoint: string, program: number): number {
  const name = libc().allocate(Buffer.from(`${tracepoint}\0`));
  try {
    const attributes = Buffer.alloc(16);
    attributes.writeBigUInt64LE(name.address, 0);
    attributes.writeUInt32LE(program, 8);
    const fd = bpf(command.rawTracepointOpen, attributes);
    if (fd < 0) throw refusal(`a program at the tracepoint "${tracepoint}"`, -fd);
    return fd;
  } finally {
    name.free();
  }
}

/**
 * Lifts the limit of locked memory, which kernels before 5.11 count maps against. That it is not allowed shows when the maps are made.
 */
export function liftMemoryLimit(): void {
  const memlock = 8;
  const unlimited = libc().allocate(Buffer.alloc(16, 0xff));
  libc().syscall(architecture().prlimit64, 0, memlock, unlimited.address, 0);
  unlimited.free();
}

function bpf(command: number, attributes: Buffer): number {
  const memory = libc().allocate(attributes);
  const result = libc().syscall(architecture().bpf, command, memory.address, attributes.length);
  memory.free();
  return result;
}

/** What the verifier said last about a program that it refused. */
function verifierLog(attributes: Buffer): string {
  const log: NativeBytes = libc().allocate(Buffer.alloc(logBytes));
  attributes.writeUInt32LE(1, 24);
  attributes.writeUInt32LE(logBytes, 28);
  attributes.writeBigUInt64LE(log.address, 32);
  const fd = libc().withoutSignals(() => bpf(command.programLoad, attributes));
  if (fd >= 0) libc().close(fd);
  const text = log.read();
  log.free();
  const lines = text
    .toString("latin1", 0, Math.max(0, text.indexOf(0)))
    .trim()
    .split("\n");
  return lines.filter((line) => !/^(processed|verification time|stack depth)/.test(line)).at(-1) ?? "";
}

function refusal(what: string, code: number, log = ""): SourceUnavailable {
  if (code === errno.perm)
    return new SourceUnavailable(
      `the kernel does not permit ${what}: it takes the capabilities CAP_BPF and CAP_PERFMON, and no lockdown of the kernel`,
    );
  const { message } = new SystemCallError("bpf", code);
  return new SourceUnavailable(`the kernel refuses ${what}: ${log === "" ? message : log}`);
}
