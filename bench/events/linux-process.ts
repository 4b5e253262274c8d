import type { JsonObject } from "@tallyman/ecs";
import { endpointEvent } from "./endpoint-event.ts";
import { type Intrusion, intrusions } from "./intrusions.ts";
import { pickLinuxCommand, pickLinuxParent } from "./linux-programs.ts";
import { type LinuxUser, linuxUserFields, pickLinuxUser } from "./linux-users.ts";
import type { Command } from "./program.ts";
import { isoDate, type World } from "./world.ts";
import { zipf } from "./zipf.ts";

/** How many of the processes run in containers. */
const inContainers = 0.3;

/** Of so many processes one is part of an intrusion that a rule of our own pack finds. */
const intrusionEvery = 250;

/** Linux processes as Elastic Defend records them: exec, fork and end, with parent, leaders and ancestry. */
export function linuxProcess(world: World): JsonObject {
  const { random } = world;
  world.linuxProcesses += 1;
  if (world.linuxProcesses % intrusionEvery === 0) {
    const number = world.linuxProcesses / intrusionEvery;
    return intrusion(world, intrusions[number % intrusions.length] as Intrusion);
  }
  const action = random.chance(0.62) ? "exec" : random.chance(0.4) ? "fork" : "end";
  const command = pickLinuxCommand(random);
  const isContained = random.chance(inContainers);
  const isInteractive = random.chance(isContained ? 0.02 : 0.3);
  return processEvent(world, { action, command, isContained, isInteractive });
}

function intrusion(
  world: World,
  { args, executable, isContained, isEntrypoint, isInteractive, name }: Intrusion,
) {
  const command = { name, executable, args };
  return processEvent(world, { action: "exec", command, isContained, isEntrypoint, isInteractive });
}

interface LinuxProcess {
  readonly action: "exec" | "fork" | "end";
  readonly command: Command;
  readonly isContained: boolean;
  readonly isInteractive: boolean;
  /** True when a network event is to come from one of its children. */
  readonly isEntrypoint?: boolean;
}

function processEvent(world: World, given: LinuxProcess): JsonObject {
  const { random } = world;
  const { action, command, isContained, isInteractive } = given;
  const host = world.linuxHost();
  const user = pickLinuxUser(random);
  const parent = pickLinuxParent(random);
  const entityId = world.startProcess();
  if (given.isEntrypoint === true) world.entrypoints.push({ host, entityId });
  const type = action === "end" ? "end" : "start";
  return endpointEvent(
    world,
    host,
    { category: "process", type: [type], action },
    {
      process: {
        Ext: { ancestry: world.ancestry() },
        args: command.args,
        args_count: command.args.length,
        command_line: command.args.join(" "),
        entity_id: entityId,
        executable: command.executable,
        interactive: isInteractive,
        name: command.name,
        pid: random.below(4_000_000),
        start: isoDate(world.nowMs),
        working_directory: pickFolder(random),
        ...accountFields(user),
        tty: { char_device: { major: 136, minor: random.below(4) } },
        thread: { capabilities: capabilitiesOf(user) },
        parent: parentFields(world, parent, user),
        entry_leader: {
          ...leaderFields(world, pickLinuxParent(random), user, isInteractive),
          entry_meta: entryMeta(world, isContained),
          parent: { entity_id: world.runningProcess(), pid: 1, start: world.before(9_000_000) },
        },
        session_leader: leaderFields(world, pickLinuxParent(random), user, isInteractive),
        group_leader: { ...leaderFields(world, command, user, isInteractive), same_as_process: true },
        ...(action === "exec"
          ? {
              hash: { md5: random.hex(32), sha1: random.hex(40), sha256: random.hex(64) },
              previous: [
                { args: parent.args, args_count: parent.args.length, executable: parent.executable },
              ],
            }
          : {}),
        ...(action === "end" ? { exit_code: random.chance(0.9) ? 0 : 1 } : {}),
      },
      ...linuxUserFields(user),
      ...(isContained ? containerFields(world) : {}),
    },
  );
}

const pickFolder = zipf(
  ["/", "/root", "/home/deploy/app", "/var/lib/jenkins/workspace/build", "/srv/www"],
  1,
);

function accountFields({ id, name }: LinuxUser): JsonObject {
  const account = { id, name };
  return { real_user: account, user: account, real_group: account, group: account };
}

function capabilitiesOf({ id }: LinuxUser): JsonObject {
  const held = id === 0 ? ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_NET_ADMIN", "CAP_SYS_ADMIN"] : [];
  return { effective: held, permitted: held };
}

function parentFields(world: World, command: Command, { id, name }: LinuxUser): JsonObject {
  return {
    args: command.args,
    args_count: command.args.length,
    command_line: command.args.join(" "),
    entity_id: world.runningProcess(),
    executable: command.executable,
    interactive: world.random.chance(0.3),
    name: command.name,
    pid: world.random.below(60_000),
    start: world.before(1_000_000),
    user: { id, name },
    working_directory: "/",
  };
}

function leaderFields(
  world: World,
  command: Command,
  { id, name }: LinuxUser,
  isInteractive: boolean,
): JsonObject {
  return {
    args: command.args,
    args_count: command.args.length,
    entity_id: world.runningProcess(),
    executable: command.executable,
    interactive: isInteractive,
    name: command.name,
    pid: world.random.below(60_000),
    user: { id, name },
    same_as_process: false,
    start: world.before(9_000_000),
    working_directory: "/",
  };
}

function entryMeta(world: World, isContained: boolean): JsonObject {
  if (isContained) return { type: "container" };
  const type = world.random.pick(["sshd", "init", "init", "unknown"]);
  return type === "sshd" ? { type, source: { ip: world.privateAddress() } } : { type };
}

function containerFields({ random }: World): JsonObject {
  const number = random.below(50);
  return {
    container: {
      id: random.hex(64),
      name: `app-${number}`,
      image: {
        name: "registry.example.com/team/app",
        tag: [`1.${random.below(20)}`],
        hash: { all: [`sha256:${random.hex(64)}`] },
      },
    },
    orchestrator: {
      cluster: { id: random.uuid(), name: "prod-1" },
      namespace: "default",
      resource: {
        type: "pod",
        name: `app-${number}-${random.hex(9)}`,
        ip: [`10.42.0.${1 + random.below(250)}`],
        parent: { type: "ReplicaSet" },
      },
    },
  };
}
