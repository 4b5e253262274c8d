import type { JsonObject } from "@tallyman/ecs";
import type { PodFacts } from "./container-facts.ts";
import { nameAt, parseObject, textAt } from "./json-text.ts";

/**
 * The pod that a runtime's labels or annotations tell of: those of kubelet (`io.kubernetes.pod.*`), of containerd (`io.kubernetes.cri.*`) and of CRI-O
 * (`io.kubernetes.cri-o.*`). Undefined where they name none.
 */
export function podOf(labels: JsonObject | undefined): PodFacts | undefined {
  const text = (...keys: string[]) => first(labels, keys);
  const name = text("io.kubernetes.pod.name", "io.kubernetes.cri.sandbox-name");
  if (name === undefined) return undefined;
  const namespace = text(
    "io.kubernetes.pod.namespace",
    "io.kubernetes.cri.sandbox-namespace",
    "io.kubernetes.cri-o.Namespace",
  );
  const uid = text("io.kubernetes.pod.uid", "io.kubernetes.cri.sandbox-uid");
  const ip = text("io.kubernetes.cri-o.IP.0");
  const own = ownLabels(parseObject(textAt(labels, "io.kubernetes.cri-o.Labels")));
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    ...(uid !== undefined && { uid }),
    ...(ip !== undefined && { ip }),
    ...(own.length > 0 && { labels: own }),
  };
}

/** The container's name in its pod; undefined for the container that only holds the pod's namespaces open. */
export function containerNameOf(labels: JsonObject | undefined): string | undefined {
  return first(labels, ["io.kubernetes.container.name", "io.kubernetes.cri.container-name"]);
}

const labelsMax = 100;
/** Kubernetes allows 317 characters for a label's name and 63 for its value. */
const labelLengthMax = 400;

function ownLabels(labels: JsonObject | undefined): string[] {
  return Object.entries(labels ?? {})
    .filter(([name, value]) => typeof value === "string" && !name.startsWith("io.kubernetes."))
    .map(([name, value]) => `${name}=${value}`)
    .filter((label) => label.length <= labelLengthMax)
    .slice(0, labelsMax);
}

function first(labels: JsonObject | undefined, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = nameAt(labels, key);
    if (value !== undefined) return value;
  }
  return undefined;
}
