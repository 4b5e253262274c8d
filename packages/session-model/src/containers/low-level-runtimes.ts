import type { JsonObject } from "@tallyman/ecs";
import type { RuntimeFiles } from "../ports.ts";
import type { ContainerFacts } from "./container-facts.ts";
import { objectAt, parseObject, textAt } from "./json-text.ts";
import { factsOfBundle, readBundle } from "./oci-bundle.ts";
import { isStatePrivileged } from "./privileged.ts";

/** Reads the state that runc keeps under its default root. Its labels are the bundle's annotations, as `name=value`, and the bundle itself. */
export function readRunc(files: RuntimeFiles, id: string): ContainerFacts | undefined {
  const state = parseObject(files.read(`/run/runc/${id}/state.json`));
  if (state === undefined) return undefined;
  const config = objectAt(state, "config");
  const labels = config?.["labels"];
  const annotations = annotationsOf(Array.isArray(labels) ? labels : []);
  return { runtime: "runc", ...factsOfBundle({ annotations, isPrivileged: isStatePrivileged(config) }) };
}

/** Reads the state that crun keeps under its default root, and the bundle that it names. */
export function readCrun(files: RuntimeFiles, id: string): ContainerFacts | undefined {
  const status = parseObject(files.read(`/run/crun/${id}/status`));
  if (status === undefined) return undefined;
  const folder = textAt(status, "bundle");
  const bundle = folder?.startsWith("/") ? readBundle(files, folder) : undefined;
  return { runtime: "crun", ...(bundle !== undefined && factsOfBundle(bundle)) };
}

function annotationsOf(labels: readonly unknown[]): JsonObject {
  const pairs = labels.flatMap((label): [string, string][] => {
    const equals = typeof label === "string" ? label.indexOf("=") : -1;
    return typeof label === "string" && equals > 0 ? [[label.slice(0, equals), label.slice(equals + 1)]] : [];
  });
  return Object.fromEntries(pairs);
}
