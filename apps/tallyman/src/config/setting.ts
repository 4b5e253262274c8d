import type { Key } from "@tallyman/rules/schema";

/** A key of the configuration file, with everything that is to be known about it; docs/configuration.md is made from it. */
export interface Setting<out T> extends Key<T> {
  /** What it says, as a sentence without a full stop. */
  readonly about: string;
  /** Its value in an example, as it is written in the file. */
  readonly example: string;
  /** What it is when it is absent, for people; undefined when it then has no effect. */
  readonly otherwise: string | undefined;
  /** The option of `tallyman scan` that says the same and wins over it. */
  readonly flag: string | undefined;
  /** Its value is not shown. */
  readonly isSecret: boolean;
}

export interface SettingNotes {
  readonly about: string;
  readonly example: string;
  readonly otherwise?: string;
  readonly flag?: string;
  readonly isSecret?: boolean;
}

/** Adds to a key what is to be known about it. */
export function setting<T>(key: Key<T>, notes: SettingNotes): Setting<T> {
  return { ...key, otherwise: undefined, flag: undefined, isSecret: false, ...notes };
}
