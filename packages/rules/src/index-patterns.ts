/**
 * Compiles a rule's index patterns to a test of an index or data stream name.
 *
 * As in Elasticsearch, `*` stands for any text, case matters, and patterns apply in order: one that begins with `-` takes out the
 * names that patterns before it let in. Names that begin with a dot, those of hidden indices, are only matched by patterns that
 * begin with one too. A string may hold several patterns, parted by commas.
 *
 * Everything is local here, so the name of a cluster before a pattern (`cluster:logs-*`) is dropped; a pattern that takes out a
 * whole cluster (`-cluster:*`) takes out nothing.
 *
 * The test takes time linear in the name. No patterns match no name.
 */
export function compileIndexPatterns(patterns: readonly string[]): (name: string) => boolean {
  const steps = patterns
    .flatMap((pattern) => pattern.split(","))
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== "" && !/^-[^:]*:\*$/.test(pattern))
    .map(compileStep);
  return (name) => {
    let isIn = false;
    for (const { excludes, matches } of steps) if (isIn === excludes && matches(name)) isIn = !excludes;
    return isIn;
  };
}

interface Step {
  readonly excludes: boolean;
  readonly matches: (name: string) => boolean;
}

function compileStep(pattern: string): Step {
  // The mark of exclusion may stand before or after the name of the cluster.
  const [, before, after, glob] = /^(-?)(?:[^:]*:)?(-?)(.*)$/s.exec(pattern) as unknown as [
    string,
    string,
    string,
    string,
  ];
  return { excludes: before !== "" || after !== "", matches: compileGlob(glob) };
}

function compileGlob(glob: string): (name: string) => boolean {
  const parts = glob.split("*");
  const first = parts[0] as string;
  const last = parts.at(-1) as string;
  if (parts.length === 1) return (name) => name === glob;
  const inner = parts.slice(1, -1).filter((part) => part !== "");
  const lengthMin = first.length + last.length;
  return (name) => {
    if (name.length < lengthMin || !name.startsWith(first) || !name.endsWith(last)) return false;
    if (first === "" && name.startsWith(".")) return false;
    // The leftmost place for each part leaves the most room for the rest.
    let at = first.length;
    for (const part of inner) {
      const found = name.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at <= name.length - last.length;
  };
}
