import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { architecture } from "../bpf/architecture.ts";
import { libc } from "../native/libc.ts";

/** What a process has in the kernel for BPF, by the ids that the kernel gave. */
export interface KernelObjects {
  readonly programs: readonly number[];
  readonly maps: readonly number[];
}

/** Reads them off the process's file descriptors. */
export function kernelObjectsOf(pid: number): KernelObjects {
  const folder = `/proc/${pid}/fdinfo`;
  const described = readdirSync(folder).map((fd) => readOrEmpty(`${folder}/${fd}`));
  const ids = (name: string) =>
    described
      .map((text) => new RegExp(`^${name}:\\s*(\\d+)$`, "m").exec(text)?.[1])
      .filter((id) => id !== undefined)
      .map(Number);
  return { programs: [...new Set(ids("prog_id"))], maps: [...new Set(ids("map_id"))] };
}

/** Waits until the kernel has none of them any more: it frees them some time after the last reference is gone. */
export async function gone({ programs, maps }: KernelObjects): Promise<void> {
  const programById = 13;
  const mapById = 14;
  for (;;) {
    if (!programs.some((id) => exists(programById, id)) && !maps.some((id) => exists(mapById, id))) return;
    await sleep(20);
  }
}

function exists(command: number, id: number): boolean {
  const attributes = Buffer.alloc(16);
  attributes.writeUInt32LE(id, 0);
  const memory = libc().allocate(attributes);
  const fd = libc().syscall(architecture().bpf, command, memory.address, attributes.length);
  memory.free();
  const notFound = -2;
  if (fd < 0 && fd !== notFound) throw new Error(`BPF objects cannot be looked up: errno ${-fd}`);
  if (fd >= 0) libc().close(fd);
  return fd >= 0;
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
