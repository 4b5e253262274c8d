/** A hint that names the candidate nearest to what was written; undefined when none is near. */
export function didYouMean(written: string, candidates: Iterable<string>): string | undefined {
  const nearest = findNearest(written, candidates);
  return nearest === undefined ? undefined : `did you mean '${nearest}'?`;
}

/**
 * The candidate with the fewest edits, when those are at most a third of what was written. Parts of a dotted name that both begin
 * with do not count: in `process.nmae` it is `nmae` that is wrong.
 */
export function findNearest(written: string, candidates: Iterable<string>): string | undefined {
  const lowered = written.toLowerCase();
  let best: string | undefined;
  let limit = editsAllowed(written.length);
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - written.length) > limit) continue;
    const other = candidate.toLowerCase();
    const max = Math.min(limit, editsAllowed(written.length - sharedParts(lowered, other)));
    const distance = editDistance(lowered, other, max);
    if (distance > max) continue;
    best = candidate;
    limit = distance - 1;
  }
  return best;
}

function editsAllowed(length: number): number {
  return Math.max(1, Math.floor(length / 3));
}

/** The length of the parts that both names begin with, dots included. */
function sharedParts(a: string, b: string): number {
  let length = 0;
  for (let i = 0; i < a.length && a[i] === b[i]; i++) if (a[i] === ".") length = i + 1;
  return length;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`; `max + 1` when more are needed. */
function editDistance(a: string, b: string, max: number): number {
  let twoBack: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let smallest = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(
        (last[j] as number) + 1,
        (row[j - 1] as number) + 1,
        (last[j - 1] as number) + (same ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (twoBack[j - 2] as number) + 1);
      }
      row.push(cost);
      smallest = Math.min(smallest, cost);
    }
    if (smallest > max) return max + 1;
    twoBack = last;
    last = row;
  }
  return last[b.length] as number;
}
