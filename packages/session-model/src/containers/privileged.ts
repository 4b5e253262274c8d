import type { JsonObject } from "@tallyman/ecs";
import { objectAt } from "./json-text.ts";

/** What a container was given, under the names of an OCI bundle's `config.json` or of runc's state. */
interface Given {
  readonly capabilities: unknown;
  readonly hiddenPaths: unknown;
  readonly readOnlyPaths: unknown;
}

/** Engines give all capabilities to a privileged container. These no other gets by chance. */
const telling = ["CAP_SYS_ADMIN", "CAP_SYS_MODULE", "CAP_SYS_RAWIO"];

/**
 * Whether a container is privileged, by what an OCI bundle gives it: containerd and CRI-O write no label that says so. Undefined where the bundle does
 * not list capabilities.
 */
export function isBundlePrivileged(config: JsonObject): boolean | undefined {
  const linux = objectAt(config, "linux");
  return isPrivileged({
    capabilities: objectAt(objectAt(config, "process"), "capabilities")?.["bounding"],
    hiddenPaths: linux?.["maskedPaths"],
    readOnlyPaths: linux?.["readonlyPaths"],
  });
}

/** The same by the configuration in runc's state. */
export function isStatePrivileged(config: JsonObject | undefined): boolean | undefined {
  return isPrivileged({
    capabilities: objectAt(config, "capabilities")?.["Bounding"],
    hiddenPaths: config?.["mask_paths"],
    readOnlyPaths: config?.["readonly_paths"],
  });
}

/** Privileged is, as in Docker and Kubernetes, who has every capability and sees all of `/proc` and `/sys`, writable. */
function isPrivileged({ capabilities, hiddenPaths, readOnlyPaths }: Given): boolean | undefined {
  if (!Array.isArray(capabilities)) return undefined;
  return (
    telling.every((name) => capabilities.includes(name)) && isEmpty(hiddenPaths) && isEmpty(readOnlyPaths)
  );
}

function isEmpty(list: unknown): boolean {
  return !Array.isArray(list) || list.length === 0;
}
