import type { Sees, Sight } from "./source.ts";

export interface BlindSpots {
  /** Of what the source reports nothing: nouns for a sentence. */
  readonly unseen: readonly string[];
  /** What is missing of processes that end before they could be looked at. */
  readonly unseenOfShortLived: readonly string[];
}

const nouns: Readonly<Record<keyof Sees, string>> = {
  args: "arguments, paths and working directories",
  tty: "terminals",
  sid: "sessions and process groups",
  container: "namespaces and cgroups",
  env: "environments",
  network: "TCP connections",
  files: "files that are made, renamed and deleted",
};

/** What a source cannot see, in words: to be said once to whoever relies on it. */
export function blindSpots(sees: Sees): BlindSpots {
  const of = (sight: Sight) =>
    Object.entries(nouns)
      .filter(([name]) => sees[name as keyof Sees] === sight)
      .map(([, noun]) => noun);
  return { unseen: of("none"), unseenOfShortLived: of("some") };
}
