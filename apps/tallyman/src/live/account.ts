import { readFileSync } from "node:fs";
import { UsageError } from "../exit-code.ts";

/** A user and the group that goes with it, by their numbers. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** The account that `--user` names: by its name or number in `/etc/passwd`, or as `uid:gid`. One that is not there is a `UsageError`. */
export function findAccount(named: string, passwd: string = readFileSync("/etc/passwd", "utf8")): Account {
  const numbers = /^(\d{1,10}):(\d{1,10})$/.exec(named);
  if (numbers !== null) return { uid: Number(numbers[1]), gid: Number(numbers[2]) };
  for (const line of passwd.split("\n")) {
    const [name, , uid = "", gid = ""] = line.split(":");
    if ((name === named || uid === named) && /^\d+$/.test(uid) && /^\d+$/.test(gid))
      return { uid: Number(uid), gid: Number(gid) };
  }
  throw new UsageError(
    `--user: there is no user '${named}' in /etc/passwd; UID:GID names one without an entry`,
  );
}
