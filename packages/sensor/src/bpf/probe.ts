import { libc } from "../native/libc.ts";
import { assemble, hooks } from "./hooks.ts";
import type { KernelTypes } from "./kernel-types.ts";
import { type Maps, recordBytes } from "./program-builder.ts";
import { type ExecOptions, environmentBytesMax } from "./programs/exec.ts";
import { owners } from "./programs/owners.ts";
import type { SystemCallOptions } from "./programs/system-call.ts";
import { cgroupMember, readKernelTypes } from "./running-kernel.ts";
import { attachProgram, createMap, liftMemoryLimit, loadProgram, type MapShape, mapType } from "./system.ts";

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
export class Probe {
  readonly memory: ProbeMemory;
  readonly #maps: number[] = [];
  readonly #programs: number[] = [];
  readonly #mappings: { readonly address: bigint; readonly length: number }[] = [];

  /**
   * Assembles the programs for the running kernel, loads them and attaches them: from then on, events wait in the ring. Throws SourceUnavailable
   * when this kernel or this user's rights do not allow it, and then leaves nothing behind.
   */
  constructor(options: ProbeOptions) {
    checkOptions(options);
    const types = readKernelTypes();
    liftMemoryLimit();
    try {
      const maps = this.#createMaps(options);
      this.memory = this.#mapMemory(maps, options.ringBytes);
      this.#attachPrograms(options, types, maps);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Takes the programs out of the kernel; what they have reported can still be read. */
  detach(): void {
    for (const fd of this.#programs.splice(0)) libc().close(fd);
  }

  /** Takes everything out of the kernel. Nothing may use `memory` any more. */
  close(): void {
    this.detach();
    for (const fd of this.#maps.splice(0)) libc().close(fd);
    for (const { address, length } of this.#mappings.splice(0)) libc().unmap(address, length);
  }

  #createMaps(options: ProbeOptions): Maps {
    const create = (name: string, shape: MapShape) => {
      const fd = createMap(name, shape);
      this.#maps.push(fd);
      return fd;
    };
    const { ringBytes } = options;
    const entries = hooks(options).length;
    return {
      ring: create("tally_ring", { type: mapType.ring, keyBytes: 0, valueBytes: 0, entries: ringBytes }),
      lost: create("tally_lost", {
        type: mapType.array,
        keyBytes: 4,
        valueBytes: 8,
        entries: 1,
        isMappable: true,
      }),
      owners: create("tally_owners", { type: mapType.lruHash, ...owners }),
      records: create("tally_records", {
        type: mapType.perCpuArray,
        keyBytes: 4,
        valueBytes: recordBytes,
        entries,
      }),
    };
  }

  #mapMemory({ ring, lost }: Maps, ringBytes: number): ProbeMemory {
    const map = (fd: number, length: number, offset: number, access: "read" | "read and write") => {
      const address = libc().map(fd, length, offset, access);
      this.#mappings.push({ address, length });
      return address;
    };
    const pageBytes = libc().pageSize();
    return {
      pageBytes,
      ringBytes,
      consumer: map(ring, pageBytes, 0, "read and write"),
      producer: map(ring, pageBytes + 2 * ringBytes, pageBytes, "read"),
      lost: map(lost, pageBytes, 0, "read"),
    };
  }

  #attachPrograms(options: ProbeOptions, types: KernelTypes, maps: Maps): void {
    const target = { types, maps, cgroup: cgroupMember(types) };
    const loaded = hooks(options).map((hook, number) => {
      const fd = loadProgram(`tally_${hook.name}`, assemble(hook, target, number));
      this.#programs.push(fd);
      return { hook, fd };
    });
    // All are there before the first runs, so that none sees half of what happens.
    for (const { hook, fd } of loaded) this.#programs.push(attachProgram(hook.tracepoint, fd));
  }
}

function checkOptions({ ringBytes, environmentBytes }: ProbeOptions): void {
  if (!Number.isInteger(Math.log2(ringBytes)) || ringBytes % libc().pageSize() !== 0)
    throw new RangeError("the ring's size must be a power of two and a multiple of the page size");
  if (environmentBytes < 0 || environmentBytes > environmentBytesMax)
    throw new RangeError(`at most ${environmentBytesMax} bytes of the environment can be reported`);
}
