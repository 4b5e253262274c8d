import { describe, expect, it } from "vitest";
import { Assembler, encodeInstructions, helpers, Label } from "./assembler.ts";

function bytesOf(write: (a: Assembler) => void): string[] {
  const assembler = new Assembler();
  write(assembler);
  const hex = encodeInstructions(assembler.instructions()).toString("hex");
  return hex.match(/.{16}/g) ?? [];
}

describe("Assembler", () => {
  // The bytes are those that `clang -target bpf` and the tables of Documentation/bpf/standardization/instruction-set.rst give.
  it.each<[string, (a: Assembler) => void, string[]]>([
    ["r7 = r1", (a) => a.move("r7", "r1"), ["bf17000000000000"]],
    ["r2 = -100", (a) => a.move("r2", -100), ["b70200009cffffff"]],
    ["r1 += -8", (a) => a.add("r1", -8), ["07010000f8ffffff"]],
    ["r8 += r0", (a) => a.add("r8", "r0"), ["0f08000000000000"]],
    ["r8 -= r7", (a) => a.subtract("r8", "r7"), ["1f78000000000000"]],
    ["r7 *= 16", (a) => a.multiply("r7", 16), ["2707000010000000"]],
    ["r1 &= 4095", (a) => a.and("r1", 4095), ["57010000ff0f0000"]],
    ["r7 |= r9", (a) => a.or("r7", "r9"), ["4f97000000000000"]],
    ["r9 <<= 20", (a) => a.shiftLeft("r9", 20), ["6709000014000000"]],
    ["r1 >>= 32", (a) => a.shiftRight("r1", 32), ["7701000020000000"]],
    ["r1 = *(u64 *)(r9 + 8)", (a) => a.load(8, "r1", "r9", 8), ["7991080000000000"]],
    ["r1 = *(u32 *)(r10 - 4)", (a) => a.load(4, "r1", "r10", -4), ["61a1fcff00000000"]],
    ["r1 = *(u16 *)(r6 + 2)", (a) => a.load(2, "r1", "r6", 2), ["6961020000000000"]],
    ["r1 = *(u8 *)(r6 + 0)", (a) => a.load(1, "r1", "r6"), ["7161000000000000"]],
    ["*(u64 *)(r10 - 16) = r1", (a) => a.store(8, "r10", -16, "r1"), ["7b1af0ff00000000"]],
    ["*(u16 *)(r6 + 4) = r2", (a) => a.store(2, "r6", 4, "r2"), ["6b26040000000000"]],
    ["*(u32 *)(r6 + 4) = 9", (a) => a.store(4, "r6", 4, 9), ["6206040009000000"]],
    ["lock *(u64 *)(r1 + 0) += r2", (a) => a.atomicAdd("r1", 0, "r2"), ["db21000000000000"]],
    ["r1 = map[5]", (a) => a.loadMap("r1", 5), ["1811000005000000", "0000000000000000"]],
    ["r1 = map[5][0]", (a) => a.loadMapValue("r1", 5), ["1821000005000000", "0000000000000000"]],
    ["call 113", (a) => a.call(helpers.probeReadKernel), ["8500000071000000"]],
    ["exit", (a) => a.exit(), ["9500000000000000"]],
  ])("%s", (_, write, bytes) => {
    expect(bytesOf(write)).toEqual(bytes);
  });

  it("jumps forwards and backwards", () => {
    const back = new Label();
    const out = new Label();
    const bytes = bytesOf((a) =>
      a
        .place(back)
        .jumpIf("r1", "==", 0, out)
        .jumpIf("r1", "s>", "r2", back)
        .jumpIf32("r1", "!=", -1, back)
        .jump(back)
        .place(out)
        .exit(),
    );
    expect(bytes).toEqual([
      "1501030000000000",
      "6d21feff00000000",
      "5601fdffffffffff",
      "0500fcff00000000",
      "9500000000000000",
    ]);
  });

  it("finds each case, and none for anything else, in few comparisons", () => {
    const values = [2, 42, 43, 82, 85, 87, 112, 257, 263, 437];
    const labels = new Map(values.map((value) => [value, new Label()]));
    const program = new Assembler();
    program.jumpByValue("r1", labels).move("r0", -1).exit();
    for (const [value, label] of labels) program.place(label).move("r0", value).exit();
    for (const value of [...values, 0, 1, 44, 436, 438, 500]) {
      const { result, steps } = run(program, value);
      expect(result).toBe(values.includes(value) ? value : -1);
      expect(steps).toBeLessThanOrEqual(9);
    }
  });

  it("does not jump to nowhere, and places a label once", () => {
    expect(() => new Assembler().jump(new Label()).instructions()).toThrow(/no place/);
    const label = new Label();
    const assembler = new Assembler().place(label);
    expect(() => assembler.place(label)).toThrow(/once/);
  });
});

/** Runs the few instructions that `jumpByValue` writes. */
function run(assembler: Assembler, r1: number): { result: number; steps: number } {
  const program = assembler.instructions();
  let result = 0;
  for (let at = 0, steps = 1; ; at++, steps++) {
    const { code, offset, immediate } = program[at] as (typeof program)[number];
    if (code === 0x95) return { result, steps };
    if (code === 0xb7) result = immediate;
    else if (code === 0x05 || (code === 0x16 && r1 === immediate) || (code === 0x36 && r1 >= immediate))
      at += offset;
    else if (code !== 0x16 && code !== 0x36) throw new Error(`no such instruction here: ${code}`);
  }
}
