/**
 * Every combination of one value from each column, the last column varying fastest, up to a number of them; `cut` says how many more there were.
 * None when a column is empty.
 */
export function cartesian<T>(
  columns: readonly (readonly T[])[],
  combinationsMax: number,
): { readonly combinations: readonly (readonly T[])[]; readonly cut: number } {
  const total = columns.reduce((product, column) => product * column.length, 1);
  // As nearly always.
  if (total === 1) return { combinations: [columns.map(([only]) => only as T)], cut: 0 };
  const kept = Math.min(total, combinationsMax);
  const combinations = Array.from({ length: kept }, (_, index) => {
    const combination = new Array<T>(columns.length);
    let rest = index;
    for (let i = columns.length - 1; i >= 0; i--) {
      const column = columns[i] as readonly T[];
      combination[i] = column[rest % column.length] as T;
      rest = Math.floor(rest / column.length);
    }
    return combination;
  });
  return { combinations, cut: total - kept };
}
