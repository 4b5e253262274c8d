import type { Names } from "@tallyman/session-model";

/** How many users, and how many groups, are remembered of a host: beyond that those that are new have numbers alone. */
const namesMax = 8192;
/** Linux has names of 32 characters; directories have longer ones. What is longer than this is no name. */
const nameLengthMax = 256;

/** The names of users and groups that a host's own records tell beside their numbers. Of one that has two, the newer counts. */
export class LearnedNames implements Names {
  readonly #users = new Map<number, string>();
  readonly #groups = new Map<number, string>();

  user(id: number): string | undefined {
    return this.#users.get(id);
  }

  group(id: number): string | undefined {
    return this.#groups.get(id);
  }

  learnUser(id: number | undefined, name: string | undefined): void {
    learn(this.#users, id, name);
  }

  learnGroup(id: number | undefined, name: string | undefined): void {
    learn(this.#groups, id, name);
  }
}

function learn(names: Map<number, string>, id: number | undefined, name: string | undefined): void {
  if (id === undefined || name === undefined || name === "" || name.length > nameLengthMax) return;
  if (names.has(id) || names.size < namesMax) names.set(id, name);
}
