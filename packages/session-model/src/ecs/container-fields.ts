import type { JsonObject } from "@tallyman/ecs";
import type { Container } from "../containers/container-catalogue.ts";
import type { ContainerFacts, PodFacts } from "../containers/container-facts.ts";
import { imageReference } from "../containers/image-reference.ts";
import type { Host } from "../host.ts";

export interface ContainerFields {
  readonly container: JsonObject;
  readonly orchestrator?: JsonObject;
}

export function containerFields({ id, facts }: Container, cluster: Host["cluster"]): ContainerFields {
  if (facts === undefined) return { container: { id } };
  const { name, runtime, privileged, pod } = facts;
  const image = imageFields(facts);
  return {
    container: {
      id,
      runtime,
      ...(name !== undefined && { name }),
      ...(image !== undefined && { image }),
      ...(privileged !== undefined && { security_context: { privileged } }),
    },
    ...(pod !== undefined && { orchestrator: orchestratorFields(pod, cluster) }),
  };
}

function imageFields({ image, imageHash }: ContainerFacts): JsonObject | undefined {
  const reference = image === undefined ? undefined : imageReference(image);
  const hashes = [...new Set([reference?.digest, imageHash])].filter((hash) => hash !== undefined);
  if (reference === undefined && hashes.length === 0) return undefined;
  return {
    ...(reference !== undefined && { name: reference.name }),
    ...(reference?.tag !== undefined && { tag: [reference.tag] }),
    ...(hashes.length > 0 && { hash: { all: hashes } }),
  };
}

function orchestratorFields(pod: PodFacts, cluster: Host["cluster"]): JsonObject {
  return {
    type: "kubernetes",
    ...(pod.namespace !== undefined && { namespace: pod.namespace }),
    ...(cluster !== undefined && { cluster }),
    resource: {
      type: "pod",
      name: pod.name,
      ...(pod.uid !== undefined && { id: pod.uid }),
      ...(pod.ip !== undefined && { ip: [pod.ip] }),
      ...(pod.labels !== undefined && { label: pod.labels }),
    },
  };
}
