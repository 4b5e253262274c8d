const unitBytes: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KiB: 2 ** 10,
  MB: 1e6,
  MiB: 2 ** 20,
  GB: 1e9,
  GiB: 2 ** 30,
};

/** The bytes of a text such as `64kB`, `100MB` or `1GiB`. Undefined for any other text; the unit must be there. */
export function parseByteSize(text: string): number | undefined {
  const match = /^(\d{1,12}) ?(B|kB|MB|GB|KiB|MiB|GiB)$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (unitBytes[match[2] as string] as number);
}

/** A size as `parseByteSize` reads it, in the largest unit that divides it. */
export function formatByteSize(bytes: number): string {
  for (const [unit, size] of Object.entries(unitBytes).reverse()) {
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return "0B";
}
