import {
  type ContainerFacts,
  type Credentials,
  capabilityMask,
  deviceOfTtyNumber,
  type KnownContainer,
  type RunningProcess,
} from "@tallyman/session-model";
import type { KnownContainers } from "../known-containers.ts";
import type { FalcoFields } from "./falco-fields.ts";

/** The process of an event as it is now; undefined where the rule's output names none. */
export function processOf(
  fields: FalcoFields,
  atNs: bigint,
  containers: KnownContainers,
): RunningProcess | undefined {
  const pid = fields.id("proc.pid");
  if (pid === undefined) return undefined;
  const ppid = fields.id("proc.ppid");
  const vpid = fields.id("proc.vpid");
  const startNs = fields.nanoseconds("proc.pid.ts");
  const parentStartNs = fields.nanoseconds("proc.ppid.ts");
  const credentials = credentialsOf(fields);
  const permitted = fields.text("thread.cap_permitted");
  const effective = fields.text("thread.cap_effective");
  const tty = fields.number("proc.tty");
  const workingDirectory = fields.text("proc.cwd");
  const executable = fields.text("proc.exepath");
  const comm = fields.text("proc.name");
  return {
    pid,
    atNs,
    ...(ppid !== undefined && { ppid }),
    ...(vpid !== undefined && { vpid }),
    ...(startNs !== undefined && { startNs }),
    ...(parentStartNs !== undefined && { parentStartNs }),
    ...groupOf(fields, pid, vpid),
    ...(tty !== undefined && tty >= 0 && { tty: deviceOfTtyNumber(tty) }),
    ...(credentials !== undefined && { credentials }),
    ...(permitted !== undefined &&
      effective !== undefined && {
        capabilities: {
          permitted: capabilityMask(permitted.split(" ")),
          effective: capabilityMask(effective.split(" ")),
        },
      }),
    ...(workingDirectory !== undefined && { workingDirectory }),
    ...(executable !== undefined && { executable }),
    ...argumentsOf(fields),
    ...environmentOf(fields),
    ...(comm !== undefined && { comm }),
    ...containerOf(fields, containers),
  };
}

/** The parent, of which Falco can tell less; undefined where the rule's output does not name it. */
export function parentOf(fields: FalcoFields, child: RunningProcess): RunningProcess | undefined {
  const pid = child.ppid;
  const executable = fields.text("proc.pexepath");
  const comm = fields.text("proc.pname");
  if (pid === undefined || (executable === undefined && comm === undefined)) return undefined;
  const grandparent = fields.id("proc.apid[2]");
  const argument0 = fields.text("proc.pexe");
  // The line begins with the short name, in place of the first argument.
  const line = fields.text("proc.pcmdline");
  const rest =
    line === undefined || comm === undefined || !line.startsWith(comm) ? undefined : line.slice(comm.length);
  return {
    pid,
    atNs: child.atNs,
    ...(grandparent !== undefined && { ppid: grandparent }),
    ...(child.parentStartNs !== undefined && { startNs: child.parentStartNs }),
    ...(executable !== undefined && { executable }),
    ...(comm !== undefined && { comm }),
    ...(argument0 !== undefined && rest !== undefined && { args: `${argument0}${rest}`.split(" ") }),
  };
}

/**
 * Groups and sessions by numbers that hold outside of containers: Falco's are those of the process's own pid namespace. Inside of one they only tell who leads.
 */
function groupOf(
  fields: FalcoFields,
  pid: number,
  vpid: number | undefined,
): Pick<RunningProcess, "sid" | "pgid"> {
  const isOnHost = vpid === pid;
  const sid = fields.number("proc.sid");
  const group = fields.number("proc.vpgid");
  const leadsSession = fields.boolean("proc.is_sid_leader") ?? (vpid !== undefined && sid === vpid);
  const leadsGroup = fields.boolean("proc.is_vpgid_leader") ?? (vpid !== undefined && group === vpid);
  const ownSid = leadsSession ? pid : isOnHost ? sid : undefined;
  const ownPgid = leadsGroup ? pid : (fields.id("proc.pgid") ?? (isOnHost ? group : undefined));
  return {
    ...(ownSid !== undefined && ownSid >= 0 && { sid: ownSid }),
    ...(ownPgid !== undefined && ownPgid >= 0 && { pgid: ownPgid }),
  };
}

function credentialsOf(fields: FalcoFields): Credentials | undefined {
  const euid = fields.number("user.uid");
  const egid = fields.number("group.gid");
  if (euid === undefined && egid === undefined) return undefined;
  return { ...(euid !== undefined && { euid }), ...(egid !== undefined && { egid }) };
}

/** One text, with a blank between two: an argument that holds blanks is taken for several. */
function argumentsOf(fields: FalcoFields): Pick<RunningProcess, "args"> {
  const first = fields.text("proc.exe");
  const rest = fields.text("proc.args");
  if (first === undefined) return {};
  return { args: [first, ...(rest === undefined ? [] : rest.split(" "))] };
}

function environmentOf(fields: FalcoFields): Pick<RunningProcess, "environment"> {
  const environment = variables.flatMap((name) => {
    const value = fields.text(`proc.env[${name}]`);
    return value === undefined ? [] : [`${name}=${value}`];
  });
  return environment.length === 0 ? {} : { environment };
}

/** The variables that rules read. A rule's output asks Falco for each. */
const variables = [
  "LD_PRELOAD",
  "LD_LIBRARY_PATH",
  "GLIBC_TUNABLES",
  "SSH_CONNECTION",
  "HTTP_PROXY",
  "HTTPS_PROXY",
];

/** Nothing where the output does not say; null where it says `host`. */
function containerOf(fields: FalcoFields, containers: KnownContainers): Pick<RunningProcess, "container"> {
  const short = fields.text("container.id");
  if (short === "host") return { container: null };
  const id = fields.text("container.full_id") ?? short;
  if (id === undefined) return {};
  const facts = factsOf(fields);
  return { container: containers.of(JSON.stringify([id, facts]), (): KnownContainer => ({ id, facts })) };
}

function factsOf(fields: FalcoFields): ContainerFacts {
  const runtime = fields.text("container.type");
  const name = fields.text("container.name");
  const repository = fields.text("container.image.repository");
  const tag = fields.text("container.image.tag");
  const digest = fields.text("container.image.digest");
  const privileged = fields.boolean("container.privileged");
  const podName = fields.text("k8s.pod.name");
  const namespace = fields.text("k8s.ns.name");
  const uid = fields.text("k8s.pod.uid");
  const ip = fields.text("k8s.pod.ip");
  return {
    ...(runtime !== undefined && { runtime }),
    ...(name !== undefined && { name }),
    ...(repository !== undefined && { image: tag === undefined ? repository : `${repository}:${tag}` }),
    ...(digest !== undefined && { imageHash: digest }),
    ...(privileged !== undefined && { privileged }),
    ...(podName !== undefined && {
      pod: {
        name: podName,
        ...(namespace !== undefined && { namespace }),
        ...(uid !== undefined && { uid }),
        ...(ip !== undefined && { ip }),
      },
    }),
  };
}
