import type { JsonObject } from "@tallyman/ecs";
import {
  type Capabilities,
  type ContainerFacts,
  type Credentials,
  capabilityMask,
  type KnownContainer,
  type Namespaces,
  type RunningProcess,
} from "@tallyman/session-model";
import type { KnownContainers } from "../known-containers.ts";
import { idIn, listIn, objectIn, textIn, wholeNumberIn } from "../text/json-fields.ts";
import { momentIn, nanosecondsOf } from "../text/moment.ts";
import { argumentsIn } from "./arguments.ts";

/** A `process`, `parent` or element of `ancestors`, as it is now; undefined where it names no process. Source: `tetragon.proto`. */
export function processIn(
  object: JsonObject | undefined,
  atNs: bigint,
  containers: KnownContainers,
): RunningProcess | undefined {
  const pid = idIn(object, "pid");
  if (object === undefined || pid === undefined) return undefined;
  const executable = textIn(object, "binary");
  const text = textIn(object, "arguments");
  const workingDirectory = textIn(object, "cwd");
  const credentials = credentialsIn(object);
  const capabilities = capabilitiesIn(object);
  const namespaces = namespacesIn(objectIn(object, "ns"));
  const vpid = idIn(objectIn(objectIn(object, "pod"), "container"), "pid");
  return {
    pid,
    atNs,
    ...(executable !== undefined && {
      executable,
      args: [executable, ...(text === undefined ? [] : argumentsIn(text))],
    }),
    ...(flagsOf(object).includes("truncArgs") && { argsTruncated: true }),
    ...(workingDirectory !== undefined && { workingDirectory }),
    ...environmentIn(object),
    ...(credentials !== undefined && { credentials }),
    ...(capabilities !== undefined && { capabilities }),
    ...(namespaces !== undefined && { namespaces }),
    ...(vpid !== undefined && { vpid }),
    container: containerIn(object, containers),
  };
}

/** When the process began, which Tetragon tells of an exec that followed a clone; later ones have the time of the exec. */
export function startOf(object: JsonObject | undefined): bigint | undefined {
  const start = momentIn(object?.["start_time"]);
  return start === undefined || !flagsOf(object).includes("clone") ? undefined : nanosecondsOf(start);
}

/** What Tetragon says of how it learned of a process: `execve`, `procFS`, `clone`, … */
export function flagsOf(object: JsonObject | undefined): readonly string[] {
  return (textIn(object, "flags") ?? "").split(" ");
}

function credentialsIn(object: JsonObject): Credentials | undefined {
  const all = objectIn(object, "process_credentials");
  const euid = wholeNumberIn(all, "euid") ?? wholeNumberIn(object, "uid");
  if (euid === undefined) return undefined;
  const [uid, suid, gid, egid, sgid] = ["uid", "suid", "gid", "egid", "sgid"].map((name) =>
    wholeNumberIn(all, name),
  );
  return {
    euid,
    ...(uid !== undefined && { uid }),
    ...(suid !== undefined && { suid }),
    ...(gid !== undefined && { gid }),
    ...(egid !== undefined && { egid }),
    ...(sgid !== undefined && { sgid }),
  };
}

function capabilitiesIn(object: JsonObject): Capabilities | undefined {
  const cap = objectIn(object, "cap");
  if (cap === undefined) return undefined;
  // An empty set is left out of the export.
  const mask = (name: string) =>
    capabilityMask(listIn(cap, name).filter((value) => typeof value === "string"));
  return { permitted: mask("permitted"), effective: mask("effective") };
}

function namespacesIn(ns: JsonObject | undefined): Namespaces | undefined {
  const [pid, mount, network] = ["pid", "mnt", "net"].map((name) => idIn(objectIn(ns, name), "inum"));
  if (pid === undefined && mount === undefined && network === undefined) return undefined;
  return {
    ...(pid !== undefined && { pid }),
    ...(mount !== undefined && { mount }),
    ...(network !== undefined && { network }),
  };
}

function environmentIn(object: JsonObject): Pick<RunningProcess, "environment"> {
  const variables = listIn(object, "environment_variables").flatMap((variable) => {
    const pair = typeof variable === "object" && variable !== null && !Array.isArray(variable);
    const key = pair ? textIn(variable as JsonObject, "key") : undefined;
    return key === undefined ? [] : [`${key}=${textIn(variable as JsonObject, "value") ?? ""}`];
  });
  return variables.length === 0 ? {} : { environment: variables };
}

/** The container, by its whole id where a pod is known; `docker` has the first characters of it alone. Null for none. */
function containerIn(object: JsonObject, containers: KnownContainers): KnownContainer | null {
  const pod = objectIn(object, "pod");
  const container = objectIn(pod, "container");
  const whole = textIn(container, "id");
  const id =
    whole?.slice(whole.indexOf("://") < 0 ? 0 : whole.indexOf("://") + 3) ?? textIn(object, "docker");
  if (id === undefined) return null;
  const facts = factsIn(pod, container, whole);
  return containers.of(JSON.stringify([id, facts]), () => ({ id, ...(facts !== undefined && { facts }) }));
}

function factsIn(
  pod: JsonObject | undefined,
  container: JsonObject | undefined,
  wholeId: string | undefined,
): ContainerFacts | undefined {
  if (pod === undefined) return undefined;
  const runtime = wholeId?.includes("://") ? wholeId.slice(0, wholeId.indexOf("://")) : undefined;
  const name = textIn(container, "name");
  const image = textIn(objectIn(container, "image"), "name");
  const imageId = textIn(objectIn(container, "image"), "id");
  const digest = imageId?.includes("sha256:") ? imageId.slice(imageId.indexOf("sha256:")) : undefined;
  const podName = textIn(pod, "name");
  const namespace = textIn(pod, "namespace");
  const uid = textIn(pod, "uid");
  const labels = labelsIn(objectIn(pod, "pod_labels"));
  return {
    ...(runtime !== undefined && { runtime }),
    ...(name !== undefined && { name }),
    ...(image !== undefined && { image }),
    ...(digest !== undefined && { imageHash: digest }),
    ...(podName !== undefined && {
      pod: {
        name: podName,
        ...(namespace !== undefined && { namespace }),
        ...(uid !== undefined && { uid }),
        ...(labels.length > 0 && { labels }),
      },
    }),
  };
}

function labelsIn(labels: JsonObject | undefined): readonly string[] {
  return Object.entries(labels ?? {}).flatMap(([name, value]) =>
    typeof value === "string" ? [`${name}=${value}`] : [],
  );
}
