/**
 * The registers of the eBPF machine. `r0` is what a call gives back, `r1` to `r5` are what it takes and loses, `r6` to `r9` survive it, and `r10`
 * points behind the stack of 512 bytes.
 */
export type Register = `r${0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10}`;

/** In bytes. */
export type Width = 1 | 2 | 4 | 8;

/** Comparisons of unsigned numbers; those with an s, of signed ones. */
export type Comparison = "==" | "!=" | ">" | ">=" | "<" | "<=" | "s>" | "s>=" | "s<" | "s<=" | "&";

/** A place in the program to jump to. */
export class Label {
  place: number | undefined;
}

/** One instruction as the kernel takes it (Documentation/bpf/standardization/instruction-set.rst). */
export interface Instruction {
  readonly code: number;
  readonly to: number;
  readonly from: number;
  readonly offset: number;
  readonly immediate: number;
}

/** Functions of the kernel for programs, by their numbers in include/uapi/linux/bpf.h. */
export const helpers = {
  mapLookup: 1,
  mapUpdate: 2,
  mapDelete: 3,
  getCurrentPidTgid: 14,
  getCurrentTask: 35,
  probeReadUser: 112,
  probeReadKernel: 113,
  probeReadUserString: 114,
  probeReadKernelString: 115,
  ktimeGetBootNs: 125,
  ringbufOutput: 130,
} as const;

const instructionClass = {
  load64: 0x18,
  loadX: 0x61,
  store: 0x62,
  storeX: 0x63,
  jump: 0x05,
  jump32: 0x06,
  alu64: 0x07,
};
const widthBits = { 1: 0x10, 2: 0x08, 4: 0x00, 8: 0x18 };
const fromRegister = 0x08;
const atomic = 0xc0;
const comparisonBits: Record<Comparison, number> = {
  "==": 0x10,
  ">": 0x20,
  ">=": 0x30,
  "&": 0x40,
  "!=": 0x50,
  "s>": 0x60,
  "s>=": 0x70,
  "<": 0xa0,
  "<=": 0xb0,
  "s<": 0xc0,
  "s<=": 0xd0,
};
const pseudoMapFd = 1;
const pseudoMapValue = 2;
export const instructionLength = 8;

/** Writes an eBPF program, instruction by instruction. A second operand that is a number stands for itself, sign-extended to 64 bits. */
export class Assembler {
  readonly #instructions: Instruction[] = [];
  readonly #jumps: { at: number; label: Label }[] = [];

  move(to: Register, from: Register | number): this {
    return this.#arithmetic(0xb0, to, from);
  }

  add(to: Register, from: Register | number): this {
    return this.#arithmetic(0x00, to, from);
  }

  subtract(to: Register, from: Register | number): this {
    return this.#arithmetic(0x10, to, from);
  }

  multiply(to: Register, from: Register | number): this {
    return this.#arithmetic(0x20, to, from);
  }

  and(to: Register, from: Register | number): this {
    return this.#arithmetic(0x50, to, from);
  }

  or(to: Register, from: Register | number): this {
    return this.#arithmetic(0x40, to, from);
  }

  shiftLeft(to: Register, bits: number): this {
    return this.#arithmetic(0x60, to, bits);
  }

  /** Fills up with zeros. */
  shiftRight(to: Register, bits: number): this {
    return this.#arithmetic(0x70, to, bits);
  }

  /** Reads a number, zero-extended, from memory that the program may access: its stack, its context, a map's value. */
  load(width: Width, to: Register, base: Register, offset = 0): this {
    return this.#emit(instructionClass.loadX | widthBits[width], to, base, offset);
  }

  store(width: Width, base: Register, offset: number, from: Register | number): this {
    return typeof from === "number"
      ? this.#emit(instructionClass.store | widthBits[width], base, "r0", offset, from)
      : this.#emit(instructionClass.storeX | widthBits[width], base, from, offset);
  }

  /** Adds to eight bytes in memory as one step among all processors. */
  atomicAdd(base: Register, offset: number, from: Register): this {
    return this.#emit((instructionClass.storeX & 0x07) | widthBits[8] | atomic, base, from, offset);
  }

  loadMap(to: Register, fd: number): this {
    return this.#loadWide(to, pseudoMapFd, fd);
  }

  /** The address of the one value of an array map. */
  loadMapValue(to: Register, fd: number): this {
    return this.#loadWide(to, pseudoMapValue, fd);
  }

  call(helper: (typeof helpers)[keyof typeof helpers]): this {
    return this.#emit(instructionClass.jump | 0x80, "r0", "r0", 0, helper);
  }

  exit(): this {
    return this.#emit(instructionClass.jump | 0x90, "r0", "r0");
  }

  place(label: Label): this {
    if (label.place !== undefined) throw new Error("a label can be placed once");
    label.place = this.#instructions.length;
    return this;
  }

  jump(label: Label): this {
    this.#jumps.push({ at: this.#instructions.length, label });
    return this.#emit(instructionClass.jump, "r0", "r0");
  }

  jumpIf(left: Register, comparison: Comparison, right: Register | number, label: Label): this {
    return this.#jumpIf(instructionClass.jump, left, comparison, right, label);
  }

  /** Compares the lower halves. */
  jumpIf32(left: Register, comparison: Comparison, right: Register | number, label: Label): this {
    return this.#jumpIf(instructionClass.jump32, left, comparison, right, label);
  }

  /** Jumps to the label of the case that equals the lower half of a register, in few comparisons; goes on behind when none does. */
  jumpByValue(register: Register, cases: ReadonlyMap<number, Label>): this {
    const otherwise = new Label();
    const sorted = [...cases].sort(([a], [b]) => a - b);
    const search = (from: number, to: number): void => {
      if (to - from <= 2) {
        for (const [value, label] of sorted.slice(from, to)) this.jumpIf32(register, "==", value, label);
        this.jump(otherwise);
        return;
      }
      const middle = (from + to) >> 1;
      const upper = new Label();
      this.jumpIf32(register, ">=", (sorted[middle] as [number, Label])[0], upper);
      search(from, middle);
      this.place(upper);
      search(middle, to);
    };
    search(0, sorted.length);
    return this.place(otherwise);
  }

  /** The finished program. */
  instructions(): readonly Instruction[] {
    const finished = [...this.#instructions];
    for (const { at, label } of this.#jumps) {
      if (label.place === undefined) throw new Error("a program jumps to a label that has no place");
      const offset = label.place - at - 1;
      if (offset !== (offset << 16) >> 16) throw new Error("a program jumps too far");
      finished[at] = { ...(finished[at] as Instruction), offset };
    }
    return finished;
  }

  #jumpIf(jump: number, left: Register, comparison: Comparison, right: Register | number, label: Label) {
    this.#jumps.push({ at: this.#instructions.length, label });
    const code = jump | comparisonBits[comparison];
    return typeof right === "number"
      ? this.#emit(code, left, "r0", 0, right)
      : this.#emit(code | fromRegister, left, right);
  }

  #arithmetic(operation: number, to: Register, from: Register | number): this {
    const code = instructionClass.alu64 | operation;
    return typeof from === "number"
      ? this.#emit(code, to, "r0", 0, from)
      : this.#emit(code | fromRegister, to, from);
  }

  #loadWide(to: Register, pseudo: number, immediate: number): this {
    this.#push({ code: instructionClass.load64, to: numberOf(to), from: pseudo, offset: 0, immediate });
    return this.#emit(0, "r0", "r0");
  }

  #emit(code: number, to: Register, from: Register, offset = 0, immediate = 0): this {
    return this.#push({ code, to: numberOf(to), from: numberOf(from), offset, immediate });
  }

  #push(instruction: Instruction): this {
    this.#instructions.push(instruction);
    return this;
  }
}

/** A program as bytes for the kernel. */
export function encodeInstructions(instructions: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(instructions.length * instructionLength);
  instructions.forEach(({ code, to, from, offset, immediate }, i) => {
    const at = i * instructionLength;
    bytes.writeUInt8(code, at);
    bytes.writeUInt8(to | (from << 4), at + 1);
    bytes.writeInt16LE(offset, at + 2);
    bytes.writeInt32LE(immediate, at + 4);
  });
  return bytes;
}

function numberOf(register: Register): number {
  return Number(register.slice(1));
}
