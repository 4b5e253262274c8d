import type { JsonObject } from "@tallyman/ecs";
import type { RuntimeFiles } from "../ports.ts";
import type { ContainerFacts } from "./container-facts.ts";
import { nameAt, objectAt, parseObject, textAt } from "./json-text.ts";
import { containerNameOf, podOf } from "./kubernetes.ts";
import { isBundlePrivileged } from "./privileged.ts";

export interface Bundle {
  readonly annotations: JsonObject;
  /** Undefined where it does not tell. */
  readonly isPrivileged: boolean | undefined;
}

/** What an OCI bundle's `config.json` says; undefined where there is no such file. */
export function readBundle(files: RuntimeFiles, folder: string): Bundle | undefined {
  const config = parseObject(files.read(`${folder}/config.json`));
  if (config === undefined) return undefined;
  return { annotations: objectAt(config, "annotations") ?? {}, isPrivileged: isBundlePrivileged(config) };
}

/** What a bundle tells of a container, whichever engine wrote it. Podman's own word on privileges goes before what they look like. */
export function factsOfBundle({ annotations, isPrivileged }: Bundle): Omit<ContainerFacts, "runtime"> {
  const name = containerNameOf(annotations);
  const image =
    nameAt(annotations, "io.kubernetes.cri.image-name") ??
    nameAt(annotations, "io.kubernetes.cri-o.ImageName");
  const word = textAt(annotations, "io.podman.annotations.privileged");
  const privileged = word === undefined ? isPrivileged : word.toLowerCase() === "true";
  const pod = podOf(annotations);
  return {
    ...(name !== undefined && { name }),
    ...(image !== undefined && { image }),
    ...(privileged !== undefined && { privileged }),
    ...(pod !== undefined && { pod }),
  };
}
