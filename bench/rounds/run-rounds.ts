import { Random } from "../../tools/random.ts";
import { type EventFile, type Figures, type Mode, type ModeName, type ModeOptions, modes } from "./modes.ts";
import type { Round } from "./targets.ts";

export interface RoundOptions extends ModeOptions {
  readonly rounds: number;
  /** Told of each mode before it runs. */
  readonly onMode: (name: ModeName, round: number) => void;
}

/**
 * Runs each mode once in every round, in an order by chance: what makes the machine slow for a while does not always meet the same mode, and
 * ratios are taken within a round. A mode for which once is enough stands in all rounds with what it measured in the first.
 */
export function runRounds(
  names: readonly ModeName[],
  file: EventFile,
  options: RoundOptions,
): readonly Round[] {
  const random = new Random(Date.now());
  const once: Partial<Record<ModeName, Figures>> = {};
  return Array.from({ length: options.rounds }, (_, number) => {
    const round: Partial<Record<ModeName, Figures>> = {};
    for (const name of shuffled(names, random)) {
      const mode: Mode = modes[name];
      if (once[name] === undefined) options.onMode(name, number + 1);
      const figures = once[name] ?? mode.run(file, options);
      if (mode.isOnce) once[name] = figures;
      round[name] = figures;
    }
    return round;
  });
}

function shuffled<T>(items: readonly T[], random: Random): readonly T[] {
  const left = [...items];
  return items.map(() => left.splice(random.below(left.length), 1)[0] as T);
}
