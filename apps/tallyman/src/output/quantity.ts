/** A whole number with thousands separators, the same in every locale: `1,284,112`. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A number of bytes in decimal units: `812 B`, `1.3 kB`, `812 MB`. */
export function formatBytes(byteCount: number): string {
  let value = byteCount;
  let unit = 0;
  // 999.5 of a unit would be printed as 1000 of it.
  while (value >= 999.5 && unit < byteUnits.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.95 ? formatCount(value) : value.toFixed(1)} ${byteUnits[unit]}`;
}

/** A length of time in the two units that say enough: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 4 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${formatCount(Math.floor(minutes / 60))} h ${minutes % 60} min`;
}

/** A short time in milliseconds, with as many digits as tell it from nothing: `1,234 ms`, `12 ms`, `3.4 ms`, `0.02 ms`. */
export function formatMs(ms: number): string {
  const digits = ms >= 9.95 || ms === 0 ? 0 : ms >= 0.095 ? 1 : 2;
  return `${digits === 0 ? formatCount(ms) : ms.toFixed(digits)} ms`;
}

/** A count with its noun: `1 alert`, `1,200 alerts`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}

const byteUnits = ["B", "kB", "MB", "GB", "TB", "PB"];

/** A span in words, in the largest unit that divides it: `5 minutes`, `14 days`, `90 seconds`. */
export function spanInWords(ms: number): string {
  for (const [unitMs, noun] of spanUnits) {
    if (ms >= unitMs && ms % unitMs === 0) return counted(ms / unitMs, noun);
  }
  return counted(ms, "millisecond");
}

const spanUnits = [
  [86_400_000, "day"],
  [3_600_000, "hour"],
  [60_000, "minute"],
  [1000, "second"],
] as const;
