import type { RuntimeFiles } from "../ports.ts";
import type { ContainerFacts } from "./container-facts.ts";
import { factsOfBundle, readBundle } from "./oci-bundle.ts";

const taskFolders = [
  "/run/containerd/io.containerd.runtime.v2.task/k8s.io",
  "/run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io",
  "/run/containerd/io.containerd.runtime.v2.task/default",
  "/run/containerd/io.containerd.runtime.v2.task/moby",
];

/** Reads what containerd hands to its runtime: the bundle in the task's folder. */
export function readContainerd(files: RuntimeFiles, id: string): ContainerFacts | undefined {
  for (const folder of taskFolders) {
    const bundle = readBundle(files, `${folder}/${id}`);
    if (bundle !== undefined) return { runtime: "containerd", ...factsOfBundle(bundle) };
  }
  return undefined;
}
