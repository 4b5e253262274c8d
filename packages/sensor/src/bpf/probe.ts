import { readFileSync } from "node:fs";
import { libc } from "../native/libc.ts";
import { hasPidsHierarchy } from "../proc/cgroup.ts";
import { SourceUnavailable } from "../source-unavailable.ts";
import { architecture } from "./architecture.ts";
import type { Instruction } from "./assembler.ts";
import { KernelTypes } from "./kernel-types.ts";
import { ProgramBuilder, recordBytes, type Target } from "./program-builder.ts";
import { writeConnect } from "./programs/connect.ts";
import { writeDisconnect } from "./programs/disconnect.ts";
import { type ExecOptions, environmentBytesMax, writeExec } from "./programs/exec.ts";
import { writeExit } from "./programs/exit.ts";
import { writeFork } from "./programs/fork.ts";
import { owners } from "./programs/owners.ts";
import { type SystemCallOptions, writeSystemCall } from "./programs/system-call.ts";
import { attachProgram, createMap, liftMemoryLimit, loadProgram, mapType } from "./system.ts";

export interface ProbeOptions extends ExecOptions, SystemCallOptions {
  /** The size of the ring that events wait in, in bytes: a power of two, at least a page. */
  readonly ringBytes: number;
}

/** Where the ring and the counter of lost events lie in this process's memory. They stay there until `close`. */
export interface ProbeMemory {
  readonly pageBytes: number;
  readonly ringBytes: number;
  /** How far the ring is read: one page. */
  readonly consumer: bigint;
  /** How far it is written, one page, and behind it the data, twice in a row, so that no record is broken. */
  readonly producer: bigint;
  /** A 64-bit number. */
  readonly lost: bigint;
}

/** What the sensor has in the kernel. It is gone when this process is, whatever ends it. */
export interface Probe {
  readonly memory: ProbeMemory;
  /** Takes the programs out of the kernel; what they have reported can still be read. */
  detach(): void;
  /** Takes everything out of the kernel. Nothing may use `memory` any more. */
  close(): void;
}

interface Hook {
  readonly name: string;
  readonly tracepoint: string;
  readonly write: (b: ProgramBuilder) => void;
}

/** The programs that there are, each with the tracepoint that it runs at. */
export function hooks(options: ExecOptions & SystemCallOptions): readonly Hook[] {
  const calls = (b: ProgramBuilder) => writeSystemCall(b, architecture(), options);
  return [
    { name: "fork", tracepoint: "sched_process_fork", write: writeFork },
    { name: "exec", tracepoint: "sched_process_exec", write: (b) => writeExec(b, options) },
    { name: "exit", tracepoint: "sched_process_exit", write: writeExit },
    { name: "call", tracepoint: "sys_exit", write: calls },
    ...(options.network
      ? [
          { name: "connect", tracepoint: "inet_sock_set_state", write: writeConnect },
          { name: "close", tracepoint: "inet_sock_set_state", write: writeDisconnect },
        ]
      : []),
  ];
}

/** Puts a program together. `number` tells it from the other ones that share the maps. */
export function assemble(hook: Hook, target: Target, number: number): readonly Instruction[] {
  if (target.types.tracepointArguments(hook.tracepoint) === undefined)
    throw new SourceUnavailable(`this kernel has no tracepoint ${hook.tracepoint}`);
  const builder = new ProgramBuilder(target, number);
  hook.write(builder);
  return builder.finish();
}

/**
 * Assembles the programs for the running kernel, loads them and attaches them: from then on, events wait in the ring. Throws SourceUnavailable
 * when this kernel or this user's rights do not allow it, and then leaves nothing behind.
 */
export function openProbe(options: ProbeOptions): Probe {
  checkOptions(options);
  const types = readKernelTypes();
  liftMemoryLimit();
  const mappings: { address: bigint; length: number }[] = [];
  const mapFds: number[] = [];
  const programs: number[] = [];
  const close = () => {
    for (const fd of [...programs.splice(0), ...mapFds.splice(0)]) libc().close(fd);
    for (const { address, length } of mappings.splice(0)) libc().unmap(address, length);
  };
  const keepMap = (fd: number) => {
    mapFds.push(fd);
    return fd;
  };
  const map = (fd: number, length: number, offset: number, access: "read" | "read and write") => {
    const address = libc().map(fd, length, offset, access);
    mappings.push({ address, length });
    return address;
  };
  try {
    const { ringBytes } = options;
    const all = hooks(options);
    const maps = {
      ring: keepMap(
        createMap("tally_ring", { type: mapType.ring, keyBytes: 0, valueBytes: 0, entries: ringBytes }),
      ),
      lost: keepMap(
        createMap("tally_lost", {
          type: mapType.array,
          keyBytes: 4,
          valueBytes: 8,
          entries: 1,
          isMappable: true,
        }),
      ),
      owners: keepMap(createMap("tally_owners", { type: mapType.lruHash, ...owners })),
      records: keepMap(
        createMap("tally_records", {
          type: mapType.perCpuArray,
          keyBytes: 4,
          valueBytes: recordBytes,
          entries: all.length,
        }),
      ),
    };
    const pageBytes = libc().pageSize();
    const memory = {
      pageBytes,
      ringBytes,
      consumer: map(maps.ring, pageBytes, 0, "read and write"),
      producer: map(maps.ring, pageBytes + 2 * ringBytes, pageBytes, "read"),
      lost: map(maps.lost, pageBytes, 0, "read"),
    };
    const target = { types, maps, cgroup: cgroupMember(types) };
    const loaded = all.map((hook, number) => {
      const fd = loadProgram(`tally_${hook.name}`, assemble(hook, target, number));
      programs.push(fd);
      return { hook, fd };
    });
    // All are there before the first runs, so that none sees half of what happens.
    for (const { hook, fd } of loaded) programs.push(attachProgram(hook.tracepoint, fd));
    return {
      memory,
      detach: () => {
        for (const fd of programs.splice(0)) libc().close(fd);
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/**
 * Under cgroup v1, containers are told apart in the hierarchy of the pids controller, under v2 in the only one there is. Hosts have both where
 * v2 lies beside v1.
 */
export function cgroupMember(types: KernelTypes): string {
  const pids = types.enumerator("cgroup_subsys_id", "pids_cgrp_id");
  return pids !== undefined && hasPidsHierarchy() ? `subsys[${pids}]->cgroup` : "dfl_cgrp";
}

const typesPath = "/sys/kernel/btf/vmlinux";

/** Throws SourceUnavailable when the kernel does not describe its types. */
export function readKernelTypes(): KernelTypes {
  let bytes: Buffer;
  try {
    bytes = readFileSync(typesPath);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new SourceUnavailable(
      code === "ENOENT"
        ? `the kernel does not describe its types: there is no ${typesPath} (CONFIG_DEBUG_INFO_BTF)`
        : `${typesPath} cannot be read: ${code}`,
    );
  }
  return new KernelTypes(bytes);
}

function checkOptions({ ringBytes, environmentBytes }: ProbeOptions): void {
  if (!Number.isInteger(Math.log2(ringBytes)) || ringBytes % libc().pageSize() !== 0)
    throw new RangeError("the ring's size must be a power of two and a multiple of the page size");
  if (environmentBytes < 0 || environmentBytes > environmentBytesMax)
    throw new RangeError(`at most ${environmentBytesMax} bytes of the environment can be reported`);
}
