import type { Random } from "../../tools/random.ts";

/** Picks one of the items: the nth as often as 1 / n^exponent says, as names and commands are spread in real telemetry. */
export function zipf<T>(items: readonly T[], exponent: number): (random: Random) => T {
  const sums: number[] = [];
  let sum = 0;
  for (let rank = 1; rank <= items.length; rank++) {
    sum += 1 / rank ** exponent;
    sums.push(sum);
  }
  return (random) => {
    const wanted = random.fraction() * sum;
    const at = sums.findIndex((reached) => reached > wanted);
    return items[at < 0 ? items.length - 1 : at] as T;
  };
}
