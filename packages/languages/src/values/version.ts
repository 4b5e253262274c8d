/**
 * Orders software versions: numbers between dots as numbers, a pre-release before its release, and texts that are no version after
 * all that are. Build metadata after `+` only breaks ties. Source: Elasticsearch reference, version field type; semver.org, 11.
 */
export function compareVersions(a: string, b: string): number {
  const x = parseVersion(a);
  const y = parseVersion(b);
  if (x === undefined || y === undefined) {
    return x === y ? compareStrings(a, b) : x === undefined ? 1 : -1;
  }
  return (
    compareParts(x.release, y.release) ||
    comparePreReleases(x.preRelease, y.preRelease) ||
    compareStrings(x.build, y.build)
  );
}

interface Version {
  readonly release: readonly string[];
  readonly preRelease: readonly string[] | undefined;
  readonly build: string;
}

const versionLengthMax = 256;

function parseVersion(text: string): Version | undefined {
  if (text.length > versionLengthMax) return undefined;
  const plus = text.indexOf("+");
  const named = plus < 0 ? text : text.slice(0, plus);
  const dash = named.indexOf("-");
  const release = (dash < 0 ? named : named.slice(0, dash)).split(".");
  if (!release.every((part) => /^\d+$/.test(part))) return undefined;
  return {
    release,
    preRelease: dash < 0 ? undefined : named.slice(dash + 1).split("."),
    build: plus < 0 ? "" : text.slice(plus + 1),
  };
}

function comparePreReleases(a: readonly string[] | undefined, b: readonly string[] | undefined): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1;
  return compareParts(a, b);
}

function compareParts(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = comparePart(a[i] as string, b[i] as string);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Numbers by size and before names, names by their characters. */
function comparePart(a: string, b: string): number {
  const aIsNumber = /^\d+$/.test(a);
  const bIsNumber = /^\d+$/.test(b);
  if (aIsNumber !== bIsNumber) return aIsNumber ? -1 : 1;
  if (!aIsNumber) return compareStrings(a, b);
  // Numbers may be longer than a double holds.
  const x = a.replace(/^0+(?=\d)/, "");
  const y = b.replace(/^0+(?=\d)/, "");
  return x.length - y.length || compareStrings(x, y);
}

function compareStrings(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
