import type { JsonObject } from "@tallyman/ecs";
import { endpointEvent } from "./endpoint-event.ts";
import { pickLinuxCommand } from "./linux-programs.ts";
import { linuxUserFields, pickLinuxUser } from "./linux-users.ts";
import type { World } from "./world.ts";
import { zipf } from "./zipf.ts";

const pickAction = zipf(["creation", "deletion", "rename"], 0.7);

/** The `event.type` of each action. */
const types = { creation: "creation", deletion: "deletion", rename: "change" } as const;

const pickFolder = zipf(
  [
    "/tmp",
    "/var/lib/docker/overlay2/{id}/diff/app",
    "/var/log",
    "/home/deploy/app",
    "/var/lib/jenkins/workspace/build",
    "/usr/share/doc",
    "/etc",
    "/var/www/html",
    "/dev/shm",
    "/etc/cron.d",
    "/root/.ssh",
  ],
  1.8,
);
const pickName = zipf(["app", "config", "index", "update", "a", "cache", "x"], 0.8);
const pickExtension = zipf(["log", "tmp", "js", "conf", "", "py", "so", "sh", "service"], 0.8);

/** Changes of files by Linux processes as Elastic Defend records them. */
export function linuxFile(world: World): JsonObject {
  const { random } = world;
  const user = pickLinuxUser(random);
  const command = pickLinuxCommand(random);
  const action = pickAction(random) as keyof typeof types;
  const folder = pickFolder(random).replace("{id}", random.hex(32));
  const extension = pickExtension(random);
  const name = `${pickName(random)}-${random.hex(6)}${extension === "" ? "" : `.${extension}`}`;
  const kind = { category: "file", type: [types[action]], action } as const;
  return endpointEvent(world, world.linuxHost(), kind, {
    file: {
      Ext: { header_bytes: random.hex(32), entropy: random.fraction() * 8 },
      ...(extension === "" ? {} : { extension }),
      name,
      path: `${folder}/${name}`,
      size: random.below(1_000_000),
      hash: { sha256: random.hex(64) },
    },
    process: {
      Ext: { ancestry: world.ancestry() },
      entity_id: world.runningProcess(),
      executable: command.executable,
      name: command.name,
      pid: random.below(60_000),
      command_line: command.args.join(" "),
      parent: { entity_id: world.runningProcess() },
      entry_leader: { entity_id: world.runningProcess(), parent: { entity_id: world.runningProcess() } },
      session_leader: { entity_id: world.runningProcess() },
      group_leader: { entity_id: world.runningProcess() },
    },
    ...linuxUserFields(user),
  });
}
