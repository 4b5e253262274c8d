import type { JsonObject } from "@tallyman/ecs";
import type { Credentials } from "../kernel-event.ts";
import type { Names } from "../ports.ts";

/** Who a process is: `user` and `group` are the effective ones. */
export interface ProcessIdentity {
  readonly user: JsonObject | undefined;
  readonly group: JsonObject | undefined;
  readonly real_user: JsonObject | undefined;
  readonly real_group: JsonObject | undefined;
  readonly saved_user: JsonObject | undefined;
  readonly saved_group: JsonObject | undefined;
}

/** A document's own `user` and `group`. */
export interface Identity {
  readonly user: JsonObject | undefined;
  readonly group: JsonObject | undefined;
}

export function identityFields(credentials: Credentials, names: Names): ProcessIdentity {
  const { uid, euid, suid, gid, egid, sgid } = credentials;
  const userOf = (id: number | undefined) => (id === undefined ? undefined : named(id, names.user(id)));
  const groupOf = (id: number | undefined) => (id === undefined ? undefined : named(id, names.group(id)));
  const user = userOf(euid);
  const group = groupOf(egid);
  return {
    user,
    group,
    real_user: uid === euid ? user : userOf(uid),
    real_group: gid === egid ? group : groupOf(gid),
    saved_user: suid === euid ? user : userOf(suid),
    saved_group: sgid === egid ? group : groupOf(sgid),
  };
}

/** That of a document about such a process; undefined where nobody knows who it is. */
export function identityOf(
  process: Partial<Record<keyof ProcessIdentity, JsonObject | undefined>>,
): Identity | undefined {
  const { user, group, real_user, real_group } = process;
  if (user === undefined && group === undefined) return undefined;
  return { user: withReal(user, real_user), group: withReal(group, real_group) };
}

function withReal(effective: JsonObject | undefined, real: JsonObject | undefined): JsonObject | undefined {
  return effective && { id: effective["id"], name: effective["name"], Ext: real && { real } };
}

function named(id: number, name: string | undefined): JsonObject {
  return { id: String(id), name };
}
