import { isJsonObject, type JsonObject } from "@tallyman/ecs";
import type { RuntimeFiles } from "../ports.ts";
import type { ContainerFacts } from "./container-facts.ts";
import { nameAt, parseArray, parseObject, textAt } from "./json-text.ts";
import { factsOfBundle, readBundle } from "./oci-bundle.ts";

const bundleFolders = [
  "/run/containers/storage/overlay-containers",
  "/var/lib/containers/storage/overlay-containers",
  "/var/lib/containers/storage/vfs-containers",
  "/var/lib/containers/storage/btrfs-containers",
];
const recordFiles = bundleFolders.slice(1).map((folder) => `${folder}/containers.json`);

/**
 * Reads what podman and CRI-O keep of a container, both in containers/storage: the bundle in its `userdata`, and for podman, which writes neither
 * name nor image there, the store's list of containers.
 */
export function readContainersStorage(files: RuntimeFiles, id: string): ContainerFacts | undefined {
  for (const folder of bundleFolders) {
    const bundle = readBundle(files, `${folder}/${id}/userdata`);
    if (bundle === undefined) continue;
    if (textAt(bundle.annotations, "io.container.manager") === "cri-o") {
      return { runtime: "cri-o", ...factsOfBundle(bundle), ...hashOf(bundle.annotations) };
    }
    return { runtime: "podman", ...recordOf(files, id), ...factsOfBundle(bundle) };
  }
  return undefined;
}

function hashOf(annotations: JsonObject): Pick<ContainerFacts, "imageHash"> {
  const id = textAt(annotations, "io.kubernetes.cri-o.ImageRef");
  return id !== undefined && /^[0-9a-f]{64}$/.test(id) ? { imageHash: `sha256:${id}` } : {};
}

function recordOf(files: RuntimeFiles, id: string): Pick<ContainerFacts, "name" | "image" | "imageHash"> {
  for (const file of recordFiles) {
    const record = parseArray(files.read(file)).find((item) => isJsonObject(item) && item["id"] === id);
    if (!isJsonObject(record)) continue;
    const metadata = parseObject(textAt(record, "metadata"));
    const names = record["names"];
    const name =
      nameAt(metadata, "name") ??
      (Array.isArray(names) && typeof names[0] === "string" ? names[0] : undefined);
    const image = nameAt(metadata, "image-name");
    const hash = nameAt(metadata, "image-id");
    return {
      ...(name !== undefined && { name }),
      ...(image !== undefined && { image }),
      ...(hash !== undefined && { imageHash: hash.startsWith("sha256:") ? hash : `sha256:${hash}` }),
    };
  }
  return {};
}
