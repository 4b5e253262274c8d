import { SourceUnavailable } from "../source-unavailable.ts";
import { Assembler, helpers, type Instruction, Label, type Register, type Width } from "./assembler.ts";
import type { KernelTypes, MemberPath } from "./kernel-types.ts";
import { type Field, layouts, type RecordKind, recordKinds } from "./layout.ts";

/** File descriptors of the maps that the programs share. */
export interface Maps {
  /** One record per program and processor: an event is put together here, being larger than the stack. */
  readonly records: number;
  readonly ring: number;
  /** One number: events that found the ring full. */
  readonly lost: number;
  /** Which process a connection belongs to, by the address of its socket. */
  readonly owners: number;
}

/** What programs are written for. */
export interface Target {
  readonly types: KernelTypes;
  readonly maps: Maps;
  /** The member of struct css_set that leads to the cgroup by which containers are told apart. */
  readonly cgroup: string;
}

/** Eight bytes of the stack, by their offset from its end. */
export type Slot = number;

/** A slot that holds the address of a struct in the kernel's memory. */
export interface Pointer {
  readonly struct: string;
  readonly slot: Slot;
}

/** Room for the largest record; a per-CPU value of the kernel's may not be larger. */
export const recordBytes = 32 * 1024;

/**
 * Laid over r8 whenever it has grown. It changes nothing, being all bits that r8 can have, but makes the kernel forget how large r8 must have become at
 * least: then all ways through a loop look alike to its verifier, and it need not follow each of them to the end of the program.
 */
export const textEndMask = 0xffff;

const stackBytes = 512;
const noWakeup = 1;

/**
 * Writes the program of one hook. Register r6 holds the record in the making and r8 the end of its texts, counted from the record's start; r7
 * and r9 are free. Everything read from the kernel goes through `bpf_probe_read_kernel`, which gives zeros for an address that is none: a chain
 * of pointers with a null in it ends in a zero.
 */
export class ProgramBuilder {
  readonly asm = new Assembler();
  readonly types: KernelTypes;
  readonly maps: Maps;
  readonly cgroup: string;
  /** Where a program goes that has nothing to report. */
  readonly out = new Label();
  readonly #program: number;
  #stackUsed = 0;
  readonly #scratch: Slot;
  readonly #context: Slot;

  /** `program` is its number among all, by which it finds its own record. */
  constructor({ types, maps, cgroup }: Target, program: number) {
    this.types = types;
    this.maps = maps;
    this.cgroup = cgroup;
    this.#program = program;
    this.#scratch = this.slot();
    this.#context = this.slot();
    this.asm.store(8, "r10", this.#context, "r1");
  }

  /** A further slot; it holds nothing yet. */
  slot(): Slot {
    this.#stackUsed += 8;
    if (this.#stackUsed > stackBytes) throw new Error("a program uses more than its stack");
    return -this.#stackUsed;
  }

  /** Writes a part of the program whose slots are free again behind it. */
  scope(write: () => void): this {
    const used = this.#stackUsed;
    write();
    this.#stackUsed = used;
    return this;
  }

  /** Reads an argument of the tracepoint. */
  loadArgument(to: Register, index: number): this {
    this.asm.load(8, to, "r10", this.#context).load(8, to, to, index * 8);
    return this;
  }

  argument(index: number, struct: string): Pointer {
    this.loadArgument("r1", index);
    return this.#keep("r1", struct);
  }

  currentTask(): Pointer {
    this.asm.call(helpers.getCurrentTask);
    return this.#keep("r0", "task_struct");
  }

  load(to: Register, from: Slot, width: Width = 8): this {
    this.asm.load(width, to, "r10", from);
    return this;
  }

  store(to: Slot, from: Register): this {
    this.asm.store(8, "r10", to, from);
    return this;
  }

  /** Reads a pointer from a struct. `struct` says what it points to where the kernel's types do not. */
  pointer(from: Pointer, expression: string, struct?: string): Pointer {
    const path = this.types.path(from.struct, expression);
    const target = struct ?? path.struct;
    if (target === undefined)
      throw new Error(`${from.struct}.${expression} is not known to point to a struct`);
    const slot = this.slot();
    this.#readTo(slot, from.slot, path);
    return { struct: target, slot };
  }

  /** What a pointer to a pointer points to. */
  follow(from: Pointer, struct: string): Pointer {
    const slot = this.slot();
    this.#readTo(slot, from.slot, { offsets: [0], size: 8, struct });
    return { struct, slot };
  }

  /** Reads a pointer into a slot that is there. */
  assign(to: Pointer, from: Pointer, expression: string): this {
    return this.#readTo(to.slot, from.slot, this.types.path(from.struct, expression));
  }

  /** Reads a number into a register; `keep` names a slot for it. */
  number(to: Register, from: Pointer, expression: string, keep = this.#scratch): this {
    return this.#readTo(keep, from.slot, this.types.path(from.struct, expression)).load(to, keep);
  }

  /** The same struct seen as another, or from another place: `container_of`, a C cast. */
  shifted(from: Pointer, struct: string, move: (register: Register) => void): Pointer {
    this.load("r1", from.slot);
    move("r1");
    return this.#keep("r1", struct);
  }

  /**
   * Begins a record, with every fixed field zero but its kind and time. Only after everything that may find that there is nothing to report,
   * since it costs most of what a program does.
   */
  beginRecord(kind: RecordKind): this {
    const index = this.#scratch;
    this.asm
      .store(4, "r10", index, this.#program)
      .move("r2", "r10")
      .add("r2", index)
      .loadMap("r1", this.maps.records)
      .call(helpers.mapLookup)
      .jumpIf("r0", "==", 0, this.out)
      .move("r6", "r0");
    for (let at = 0; at < layouts[kind].size; at += 8) this.asm.store(8, "r6", at, 0);
    this.put(layouts[kind].fields.kind, recordKinds[kind]);
    this.asm.call(helpers.ktimeGetBootNs);
    this.put(layouts[kind].fields.atNs, "r0");
    this.asm.move("r8", layouts[kind].size);
    return this;
  }

  /** Puts a register into a field. */
  put(field: Field, from: Register | number): this {
    this.asm.store(field.size as Width, "r6", field.offset, from);
    return this;
  }

  /** Copies a member of a struct into a field of at least its size. */
  copy(field: Field, from: Pointer, expression: string): this {
    const path = this.types.path(from.struct, expression);
    if (path.size > field.size || path.bits !== undefined)
      throw new SourceUnavailable(`this kernel has an unknown kind of ${from.struct}.${expression}`);
    this.#address(from.slot, path);
    this.asm.move("r1", "r6").add("r1", field.offset).move("r2", path.size).call(helpers.probeReadKernel);
    return this;
  }

  /**
   * Makes `to` the address where the texts end, if at least `room` bytes are left before `limit`; else jumps. The comparison with a constant
   * is what shows the kernel that the program stays within the record.
   */
  textEnd(to: Register, room: number, limit: number, whenFull: Label): this {
    this.asm
      .jumpIf("r8", ">", limit - room, whenFull)
      .move(to, "r6")
      .add(to, "r8");
    return this;
  }

  /** Hands the record over to the ring, texts included, and goes on at `next`. A full ring is counted. */
  emit(next: Label = this.out): this {
    const full = new Label();
    const sized = new Label();
    this.asm
      .jumpIf("r8", "<=", recordBytes, sized)
      .move("r8", recordBytes)
      .place(sized)
      .loadMap("r1", this.maps.ring)
      .move("r2", "r6")
      .move("r3", "r8")
      .move("r4", noWakeup)
      .call(helpers.ringbufOutput)
      .jumpIf("r0", "!=", 0, full)
      .jump(next)
      .place(full)
      .loadMapValue("r1", this.maps.lost)
      .move("r2", 1)
      .atomicAdd("r1", 0, "r2")
      .jump(next);
    return this;
  }

  /** Ends the program. */
  finish(): readonly Instruction[] {
    return this.asm.place(this.out).move("r0", 0).exit().instructions();
  }

  #keep(register: Register, struct: string): Pointer {
    const slot = this.slot();
    this.store(slot, register);
    return { struct, slot };
  }

  #readTo(slot: Slot, from: Slot, path: MemberPath): this {
    if (path.size > 8 || path.bits !== undefined)
      throw new SourceUnavailable("this kernel has unknown types");
    this.#address(from, path);
    if (path.size < 8) this.asm.store(8, "r10", slot, 0);
    this.asm.move("r1", "r10").add("r1", slot).move("r2", path.size).call(helpers.probeReadKernel);
    return this;
  }

  /** Leaves the address of a member in r3, following the pointers on the way. */
  #address(from: Slot, path: MemberPath): void {
    this.asm.load(8, "r3", "r10", from);
    path.offsets.forEach((offset, i) => {
      if (offset !== 0) this.asm.add("r3", offset);
      if (i === path.offsets.length - 1) return;
      this.asm.move("r1", "r10").add("r1", this.#scratch).move("r2", 8).call(helpers.probeReadKernel);
      this.asm.load(8, "r3", "r10", this.#scratch);
    });
  }
}
