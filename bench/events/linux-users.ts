import type { JsonObject } from "@tallyman/ecs";
import { zipf } from "./zipf.ts";

export interface LinuxUser {
  readonly name: string;
  readonly id: number;
}

const users: readonly LinuxUser[] = [
  { name: "root", id: 0 },
  { name: "ubuntu", id: 1000 },
  { name: "www-data", id: 33 },
  { name: "postgres", id: 115 },
  { name: "deploy", id: 1001 },
  { name: "jenkins", id: 1002 },
  { name: "nobody", id: 65534 },
  { name: "alice", id: 1003 },
  { name: "bob", id: 1004 },
];

export const pickLinuxUser = zipf(users, 1.1);

/** The `user` and `group` of an event. */
export function linuxUserFields({ id, name }: LinuxUser): JsonObject {
  const entry = { Ext: { real: { name, id: String(id) } }, name, id: String(id) };
  return { user: entry, group: entry };
}
