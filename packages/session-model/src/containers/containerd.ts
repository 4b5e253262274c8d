import type { RuntimeFiles } from "../ports.ts";
import type { ContainerFacts } from "./container-facts.ts";
import { factsOfAnnotations, readAnnotations } from "./oci-bundle.ts";

const taskFolders = [
  "/run/containerd/io.containerd.runtime.v2.task/k8s.io",
  "/run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io",
  "/run/containerd/io.containerd.runtime.v2.task/default",
  "/run/containerd/io.containerd.runtime.v2.task/moby",
];

/** Reads what containerd hands to its runtime: the bundle in the task's folder. */
export function readContainerd(files: RuntimeFiles, id: string): ContainerFacts | undefined {
  for (const folder of taskFolders) {
    const annotations = readAnnotations(files, `${folder}/${id}`);
    if (annotations !== undefined) return { runtime: "containerd", ...factsOfAnnotations(annotations) };
  }
  return undefined;
}
