import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Instruction } from "./assembler.ts";
import { assemble, hooks } from "./hooks.ts";
import { type Field, layouts, type RecordKind, recordKinds } from "./layout.ts";
import { cgroupMember, readKernelTypes } from "./running-kernel.ts";

describe("layouts", () => {
  it.each(Object.entries(layouts))("%s has aligned fields that do not overlap", (_, { fields, size }) => {
    let end = 0;
    for (const { offset, size } of Object.values(fields)) {
      expect(offset % Math.min(size, 8)).toBe(0);
      expect(offset).toBeGreaterThanOrEqual(end);
      end = offset + size;
    }
    expect(size).toBeGreaterThanOrEqual(end);
  });

  it("all begin with the same facts", () => {
    const common = Object.entries(layouts.setsid.fields);
    for (const { fields } of Object.values(layouts))
      expect(Object.entries(fields)).toEqual(expect.arrayContaining(common));
  });

  it("are what the programs write: each field whole, and nothing beside", ({ skip }) => {
    if (!existsSync("/sys/kernel/btf/vmlinux")) skip("/sys/kernel/btf/vmlinux is not there");
    const types = readKernelTypes();
    const target = { types, maps: { records: 3, ring: 4, lost: 5, owners: 6 }, cgroup: cgroupMember(types) };
    const options = { environmentBytes: 4096, files: true, network: true };
    const written = hooks(options).flatMap((hook, number) => writesOf(assemble(hook, target, number)));
    for (const [kind, { fields }] of Object.entries(layouts)) {
      const places = Object.values<Field>(fields);
      const writes = written.filter((write) => write.kind === recordKinds[kind as RecordKind]);
      for (const { offset, size } of writes) {
        const field = places.find((place) => place.offset === offset);
        expect(field?.size, `${kind} at ${offset}`).toBeGreaterThanOrEqual(size);
      }
      const unwritten = Object.entries<Field>(fields).filter(
        ([, field]) => !writes.some((write) => covers(write, field)),
      );
      expect(unwritten.map(([name]) => name)).toEqual(unknownTo[kind as RecordKind] ?? []);
    }
  });
});

const aboutTask = Object.keys(layouts.setsid.fields).filter((name) => !["atNs", "kind"].includes(name));

/** What is left at zero by programs that run in another process. */
const unknownTo: Partial<Record<RecordKind, readonly string[]>> = {
  disconnect: aboutTask.filter((name) => !["startNs", "pid"].includes(name)),
  connected: aboutTask,
};

interface Write {
  readonly kind: number;
  readonly offset: number;
  readonly size: number;
}

function covers(write: Write, field: Field): boolean {
  return write.offset === field.offset && write.size === field.size;
}

/** What a program stores in its record, which r6 points to: itself, or by a call that copies into it. Zeroing it is not meant. */
function writesOf(program: readonly Instruction[]): Write[] {
  const sizes: Record<number, number> = { 16: 1, 8: 2, 0: 4, 24: 8 };
  const writes: Write[] = [];
  let kind = 0;
  program.forEach(({ code, to, from, offset, immediate }, i) => {
    const isStore = ((code & 0x67) === 0x62 || (code & 0x67) === 0x63) && to === 6;
    if (isStore) {
      const isConstant = (code & 0x07) === 0x02;
      const size = sizes[code & 0x18] as number;
      if (isConstant && offset === layouts.setsid.fields.kind.offset && size === 4) kind = immediate;
      if (!(isConstant && immediate === 0)) writes.push({ kind, offset, size });
    }
    const isCopy = code === 0xbf && to === 1 && from === 6 && program[i + 1]?.code === 0x07;
    if (isCopy && program[i + 2]?.code === 0xb7)
      writes.push({ kind, offset: program[i + 1]?.immediate ?? 0, size: program[i + 2]?.immediate ?? 0 });
  });
  return writes;
}
