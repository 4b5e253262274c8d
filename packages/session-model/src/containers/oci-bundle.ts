import type { JsonObject } from "@tallyman/ecs";
import type { RuntimeFiles } from "../ports.ts";
import type { ContainerFacts } from "./container-facts.ts";
import { objectAt, parseObject, textAt } from "./json-text.ts";
import { containerNameOf, podOf } from "./kubernetes.ts";

/** The annotations in an OCI bundle's `config.json`; undefined where there is no such file. */
export function readAnnotations(files: RuntimeFiles, bundle: string): JsonObject | undefined {
  const config = parseObject(files.read(`${bundle}/config.json`));
  return config === undefined ? undefined : (objectAt(config, "annotations") ?? {});
}

/** What annotations tell of a container, whichever engine wrote them. */
export function factsOfAnnotations(annotations: JsonObject): Omit<ContainerFacts, "runtime"> {
  const name = containerNameOf(annotations);
  const image =
    textAt(annotations, "io.kubernetes.cri.image-name") ??
    textAt(annotations, "io.kubernetes.cri-o.ImageName");
  const privileged = textAt(annotations, "io.podman.annotations.privileged");
  const pod = podOf(annotations);
  return {
    ...(name !== undefined && { name }),
    ...(image !== undefined && { image }),
    ...(privileged !== undefined && { privileged: privileged.toLowerCase() === "true" }),
    ...(pod !== undefined && { pod }),
  };
}
