import { chownSync, mkdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { describeWriteError } from "../output/output-error.ts";
import type { Account } from "./account.ts";

/**
 * Where live commands keep what outlives them, unless it is said: the folder that systemd gives a service (`StateDirectory=`), `/var/lib/tallyman` of root,
 * and a user's own by the XDG Base Directory Specification.
 */
export function defaultDataFolder(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  uid: number | undefined = process.getuid?.(),
): string {
  // systemd names several folders with colons between them.
  const given = environment["STATE_DIRECTORY"]?.split(":", 1)[0];
  if (given) return given;
  if (uid === 0) return "/var/lib/tallyman";
  return join(environment["XDG_STATE_HOME"] || join(homedir(), ".local", "state"), "tallyman");
}

/**
 * Makes the folder when it is missing, for the account when one is given. Gives a sentence without a full stop when that cannot be done, or the folder is
 * another's: to give away what is in it is not for a program to decide.
 */
export function makeDataFolder(path: string, owner: Account | undefined): string | undefined {
  try {
    const made = mkdirSync(path, { recursive: true, mode: 0o700 });
    if (owner === undefined) return undefined;
    if (made !== undefined) chownSync(path, owner.uid, owner.gid);
    if (statSync(path).uid === owner.uid) return undefined;
    return `the state folder '${path}' belongs to another user: \`chown -R ${owner.uid}:${owner.gid} ${path}\` gives it away, or name another with --state`;
  } catch (error) {
    return `the state folder '${path}' cannot be made: ${describeWriteError(error)}; name another with --state`;
  }
}
