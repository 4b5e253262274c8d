/**
 * Up to `samplesMax` samples from the items that are there for each stage: one item of each stage and none twice, told apart by
 * identity. First come those with the first item of the first stage, among these those with the first item of the second, and so
 * on. An item may stand in several samples. Source: Elasticsearch, EQL samples.
 *
 * The work stays within some multiple of the samples and of `candidatesMax`, whatever the items are: no item is picked that leaves
 * the later stages without items of their own.
 */
export function pickSamples<T>(
  stages: readonly (readonly T[])[],
  samplesMax: number,
): readonly (readonly T[])[] {
  const lists = stages.map((list) => list.slice(0, candidatesMax(stages.length, samplesMax)));
  const samples: T[][] = [];
  const picked: T[] = [];
  const pickFrom = (stage: number): void => {
    if (stage === lists.length) {
      samples.push(picked.slice());
      return;
    }
    for (const item of lists[stage] as readonly T[]) {
      if (samples.length >= samplesMax) return;
      if (picked.includes(item)) continue;
      picked.push(item);
      if (canComplete(lists, picked)) pickFrom(stage + 1);
      picked.pop();
    }
  };
  pickFrom(0);
  return samples;
}

/**
 * So many items of one stage can matter, and no more. Whoever has as many to choose from as there are samples wanted, and one more for
 * each other stage, which may have taken it, needs no further ones: every sample with a later item comes after enough samples.
 */
export function candidatesMax(stageCount: number, samplesMax: number): number {
  return stageCount + samplesMax - 1;
}

/** True when the stages after those picked for can have an item each: a matching in a bipartite graph, by augmenting paths. */
function canComplete<T>(lists: readonly (readonly T[])[], picked: readonly T[]): boolean {
  const stageOf = new Map<T, number>();
  const findItem = (stage: number, tried: Set<T>): boolean => {
    for (const item of lists[stage] as readonly T[]) {
      if (tried.has(item)) continue;
      tried.add(item);
      const other = stageOf.get(item);
      if (other === undefined || findItem(other, tried)) {
        stageOf.set(item, stage);
        return true;
      }
    }
    return false;
  };
  for (let stage = picked.length; stage < lists.length; stage++) {
    if (!findItem(stage, new Set(picked))) return false;
  }
  return true;
}
