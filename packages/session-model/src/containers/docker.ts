import type { RuntimeFiles } from "../ports.ts";
import type { ContainerFacts } from "./container-facts.ts";
import { nameAt, objectAt, parseObject } from "./json-text.ts";
import { containerNameOf, podOf } from "./kubernetes.ts";

/** Reads what Docker keeps of a container, from `config.v2.json` and `hostconfig.json` in its folder. */
export function readDocker(files: RuntimeFiles, id: string): ContainerFacts | undefined {
  const folder = `/var/lib/docker/containers/${id}`;
  const config = parseObject(files.read(`${folder}/config.v2.json`));
  if (config === undefined) return undefined;
  const inner = objectAt(config, "Config");
  const labels = objectAt(inner, "Labels");
  const privileged = parseObject(files.read(`${folder}/hostconfig.json`))?.["Privileged"];
  const name = containerNameOf(labels) ?? withoutSlash(nameAt(config, "Name"));
  const image = nameAt(inner, "Image");
  const imageHash = nameAt(config, "Image");
  const pod = podOf(labels);
  return {
    runtime: "docker",
    ...(name !== undefined && { name }),
    ...(image !== undefined && { image }),
    ...(imageHash !== undefined && { imageHash }),
    ...(typeof privileged === "boolean" && { privileged }),
    ...(pod !== undefined && { pod }),
  };
}

function withoutSlash(name: string | undefined): string | undefined {
  return name?.startsWith("/") ? name.slice(1) : name;
}
