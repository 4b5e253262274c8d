import { describe, expect, it } from "vitest";
import { SourceUnavailable } from "../source-unavailable.ts";
import { KernelTypes } from "./kernel-types.ts";

/** Puts BTF together the way the kernel's build does: one type after the other, each name once. */
class Blob {
  readonly #types: Buffer[] = [];
  #strings = "\0";

  /** Gives the new type's id. */
  add(kind: number, name: string, third: number, rest: readonly number[] = [], count = 0, flag = 0): number {
    const words = [this.name(name), (flag << 31) | (kind << 24) | count, third, ...rest];
    const bytes = Buffer.alloc(words.length * 4);
    words.forEach((word, i) => {
      bytes.writeInt32LE(word | 0, i * 4);
    });
    return this.#types.push(bytes);
  }

  struct(kind: 4 | 5, name: string, size: number, members: readonly Member[], hasWidths = false): number {
    const words = members.flatMap(([memberName, type, bit, width = 0]) => [
      this.name(memberName),
      type,
      hasWidths ? (width << 24) | bit : bit,
    ]);
    return this.add(kind, name, size, words, members.length, hasWidths ? 1 : 0);
  }

  name(name: string): number {
    if (name === "") return 0;
    const at = this.#strings.indexOf(`\0${name}\0`);
    if (at >= 0) return at + 1;
    this.#strings += `${name}\0`;
    return this.#strings.length - name.length - 1;
  }

  bytes(): Buffer {
    const types = Buffer.concat(this.#types);
    const header = Buffer.alloc(24);
    header.writeUInt16LE(0xeb9f, 0);
    header.writeUInt8(1, 2);
    header.writeUInt32LE(24, 4);
    header.writeUInt32LE(types.length, 12);
    header.writeUInt32LE(types.length, 16);
    header.writeUInt32LE(this.#strings.length, 20);
    return Buffer.concat([header, types, Buffer.from(this.#strings, "latin1")]);
  }
}

type Member = readonly [name: string, type: number, bit: number, width?: number];

function sample(): KernelTypes {
  const blob = new Blob();
  const u32 = blob.add(1, "unsigned int", 4, [32]);
  const u64 = blob.add(1, "unsigned long", 8, [64]);
  const pidT = blob.add(8, "pid_t", u32);
  const constPid = blob.add(10, "", pidT);
  const upid = blob.struct(4, "upid", 16, [
    ["nr", constPid, 0],
    ["ns", u64, 64],
  ]);
  const upids = blob.add(3, "", 0, [upid, u32, 0]);
  const pid = blob.struct(4, "pid", 16, [
    ["level", u32, 32],
    ["numbers", upids, 128],
  ]);
  const toPid = blob.add(2, "", pid);
  const pids = blob.add(3, "", 0, [toPid, u32, 4]);
  const inner = blob.struct(5, "", 8, [
    ["parent", u64, 0],
    ["__parent", u64, 0],
  ]);
  const signal = blob.struct(4, "signal_struct", 64, [
    ["live", u32, 0],
    ["", inner, 64],
    ["pids", pids, 128],
  ]);
  const toSignal = blob.add(2, "", signal);
  const toToPid = blob.add(2, "", toPid);
  blob.struct(
    4,
    "task_struct",
    128,
    [
      ["flag", u32, 3, 1],
      ["mode", u32, 14, 11],
      ["signal", toSignal, 64],
      ["table", toToPid, 128],
    ],
    true,
  );
  blob.add(6, "cgroup_subsys_id", 4, [blob.name("cpu_cgrp_id"), 0, blob.name("pids_cgrp_id"), 7], 2);
  const proto = blob.add(13, "", 0, [0, u64, 0, toSignal, 0, u32], 3);
  const toProto = blob.add(2, "", proto);
  blob.add(8, "btf_trace_sched_process_exit", toProto);
  // A forward declaration and a function before them are passed over.
  blob.add(7, "task_struct", 0);
  blob.add(17, "tag", u32, [0xffffffff]);
  blob.add(19, "wide", 8, [blob.name("huge"), 9, 0], 1);
  return new KernelTypes(blob.bytes());
}

describe("KernelTypes", () => {
  it.each([
    ["signal_struct", "live", { offsets: [0], size: 4, struct: undefined }],
    // Through an anonymous union.
    ["signal_struct", "__parent", { offsets: [8], size: 8, struct: undefined }],
    // An array of pointers, a pointer, an array without a length, a typedef with a qualifier.
    ["signal_struct", "pids[3]->numbers[1].nr", { offsets: [40, 32], size: 4, struct: undefined }],
    ["task_struct", "signal", { offsets: [8], size: 8, struct: "signal_struct" }],
    ["task_struct", "signal->pids[2]", { offsets: [8, 32], size: 8, struct: "pid" }],
    ["task_struct", "signal->pids", { offsets: [8, 16], size: 32, struct: undefined }],
    ["pid", "numbers[0]", { offsets: [16], size: 16, struct: "upid" }],
    // An index on a pointer follows it.
    ["task_struct", "table[2]->level", { offsets: [16, 16, 4], size: 4, struct: undefined }],
  ])("finds %s.%s", (struct, expression, path) => {
    expect(sample().path(struct, expression)).toEqual(path);
  });

  it.each([
    ["flag", { offsets: [0], size: 1, bits: { shift: 3, width: 1 }, struct: undefined }],
    ["mode", { offsets: [1], size: 3, bits: { shift: 6, width: 11 }, struct: undefined }],
  ])("finds the bit field %s", (name, path) => {
    expect(sample().path("task_struct", name)).toEqual(path);
  });

  it.each([
    ["task_struct", "comm"],
    ["no_struct", "comm"],
    ["task_struct", "signal.live"],
    ["signal_struct", "live->x"],
    ["signal_struct", "live[0]"],
  ])("says that %s.%s is missing", (struct, expression) => {
    expect(sample().has(struct, expression)).toBe(false);
    expect(() => sample().path(struct, expression)).toThrow(
      new SourceUnavailable(`this kernel has no ${struct}.${expression}`),
    );
  });

  it("knows enumerators", () => {
    expect(sample().enumerator("cgroup_subsys_id", "pids_cgrp_id")).toBe(7);
    expect(sample().enumerator("cgroup_subsys_id", "no_cgrp_id")).toBeUndefined();
    expect(sample().enumerator("wide", "huge")).toBe(9);
  });

  it("counts the arguments of tracepoints", () => {
    expect(sample().tracepointArguments("sched_process_exit")).toBe(2);
    expect(sample().tracepointArguments("sched_process_fork")).toBeUndefined();
  });

  it.each([[Buffer.alloc(4)], [Buffer.alloc(64)], [Buffer.from("9feb0100", "hex")]])(
    "refuses what is not BTF",
    (bytes) => {
      expect(() => new KernelTypes(bytes)).toThrow(SourceUnavailable);
    },
  );

  it("refuses kinds of types that it does not know", () => {
    const blob = new Blob();
    blob.add(30, "future", 0);
    expect(() => new KernelTypes(blob.bytes())).toThrow(/newer BTF/);
  });
});
