const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** The milliseconds of a text such as `30s`, `5m`, `2h` or `14d`; without a unit it is seconds. Undefined for any other text. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,9})(ms|s|m|h|d|w)?$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (unitMs[match[2] ?? "s"] as number);
}

/** A span as `parseDuration` reads it, in the largest unit that divides it. */
export function formatDurationSetting(ms: number): string {
  for (const [unit, length] of Object.entries(unitMs).reverse()) {
    if (ms >= length && ms % length === 0) return `${ms / length}${unit}`;
  }
  return "0s";
}
