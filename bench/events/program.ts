import type { Random } from "../../tools/random.ts";
import { zipf } from "./zipf.ts";

/** A program with what it is often called with, the most frequent first. */
export interface Program {
  readonly name: string;
  readonly executable: string;
  /** Arguments, parted by blanks. What stands in braces names a list of values, of which one takes its place. */
  readonly calls: readonly string[];
}

/** A program with the arguments of one call. */
export interface Command {
  readonly name: string;
  readonly executable: string;
  /** The first is the program itself, as it was called. */
  readonly args: readonly string[];
}

/** A table of programs: name, executable, and what it is called with. */
export function programs(...rows: readonly (readonly [string, string, ...string[]])[]): readonly Program[] {
  return rows.map(([name, executable, ...calls]) => ({ name, executable, calls }));
}

/** How values in braces are filled in: by lists, and `number` and `hex` by chance. */
export type Values = Readonly<Record<string, readonly string[]>>;

/** Makes the picker of commands: programs, and the calls of each, by Zipf's law. */
export function pickCommand(
  programs: readonly Program[],
  values: Values,
  firstArgument: (program: Program) => string,
): (random: Random) => Command {
  const pick = zipf(
    programs.map((program) => ({ program, pickCall: zipf(program.calls, 0.7) })),
    1.3,
  );
  const pickers = new Map(Object.entries(values).map(([name, list]) => [name, zipf(list, 0.8)]));
  const fill = (text: string, random: Random): string =>
    text.replace(/\{(\w+)\}/g, (_, name: string) => {
      if (name === "number") return String(random.below(10_000));
      if (name === "hex") return random.hex(12);
      const picker = pickers.get(name);
      if (picker === undefined) throw new Error(`There is no list of values for '${name}'`);
      return picker(random);
    });
  return (random) => {
    const { pickCall, program } = pick(random);
    const call = pickCall(random);
    const args = call === "" ? [] : call.split(" ").map((argument) => fill(argument, random));
    return { name: program.name, executable: program.executable, args: [firstArgument(program), ...args] };
  };
}
