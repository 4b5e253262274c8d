import type { JsonObject } from "@tallyman/ecs";
import type { Credentials } from "../kernel-event.ts";
import type { Names } from "../ports.ts";

/** Who a process is: `user` and `group` are the effective ones. */
export interface ProcessIdentity {
  readonly user: JsonObject;
  readonly group: JsonObject;
  readonly real_user: JsonObject;
  readonly real_group: JsonObject;
  readonly saved_user: JsonObject;
  readonly saved_group: JsonObject;
}

/** A document's own `user` and `group`. */
export interface Identity {
  readonly user: JsonObject;
  readonly group: JsonObject;
}

export function identityFields(credentials: Credentials, names: Names): ProcessIdentity {
  const { uid, euid, suid, gid, egid, sgid } = credentials;
  const user = named(euid, names.user(euid));
  const group = named(egid, names.group(egid));
  return {
    user,
    group,
    real_user: uid === euid ? user : named(uid, names.user(uid)),
    real_group: gid === egid ? group : named(gid, names.group(gid)),
    saved_user: suid === euid ? user : named(suid, names.user(suid)),
    saved_group: sgid === egid ? group : named(sgid, names.group(sgid)),
  };
}

/** That of a document about such a process; undefined where nobody knows who it is. */
export function identityOf(
  process: Partial<Record<keyof ProcessIdentity, JsonObject | undefined>>,
): Identity | undefined {
  const { user, group, real_user, real_group } = process;
  if (user === undefined || group === undefined) return undefined;
  return {
    user: { id: user["id"], name: user["name"], Ext: { real: real_user } },
    group: { id: group["id"], name: group["name"], Ext: { real: real_group } },
  };
}

function named(id: number, name: string | undefined): JsonObject {
  return { id: String(id), name };
}
