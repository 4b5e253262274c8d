/** What the program's exit status says. */
export const exitCode = {
  ok: 0,
  /** A check failed: a rule or query has errors, or an alert was as grave as `--fail-on` names. */
  failed: 1,
  /** The command line cannot be understood. */
  usage: 2,
  /** Not everything could be done: an input could not be read to its end, or the output not be written. */
  incomplete: 3,
  /** A mistake in the program itself. */
  internal: 70,
  /** Ended by Ctrl-C, as shells report it. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** A mistake in the command line, said in one line. */
export class UsageError extends Error {}
