/** `| head N` or `| tail N`. */
export interface ResultPipe {
  readonly kind: "head" | "tail";
  readonly count: number;
}

/**
 * What remains of results in their order after the pipes of an EQL query and the size of the request. The size counts
 * first, from the side that the first pipe takes from; without pipes the latest results are kept. So no pipe gives more
 * than the size. Source: Elasticsearch, EQL search API, `size`, and where its planner puts the default limit.
 */
export function limitResults<T>(
  results: readonly T[],
  pipes: readonly ResultPipe[],
  sizeMax: number,
): readonly T[] {
  const size: ResultPipe = { kind: pipes[0]?.kind ?? "tail", count: sizeMax };
  return [size, ...pipes].reduce(
    (kept, { kind, count }) =>
      kind === "head" ? kept.slice(0, count) : kept.slice(Math.max(0, kept.length - count)),
    results,
  );
}
