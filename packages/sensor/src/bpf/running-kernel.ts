import { readFileSync } from "node:fs";
import { hasPidsHierarchy } from "../proc/cgroup.ts";
import { SourceUnavailable } from "../source-unavailable.ts";
import { KernelTypes } from "./kernel-types.ts";

const typesPath = "/sys/kernel/btf/vmlinux";

/** Throws SourceUnavailable when the kernel does not describe its types. */
export function readKernelTypes(): KernelTypes {
  let bytes: Buffer;
  try {
    bytes = readFileSync(typesPath);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new SourceUnavailable(
      code === "ENOENT"
        ? `the kernel does not describe its types: there is no ${typesPath} (CONFIG_DEBUG_INFO_BTF)`
        : `${typesPath} cannot be read: ${code}`,
    );
  }
  return new KernelTypes(bytes);
}

/**
 * The member of struct css_set that leads to the cgroup by which containers are told apart: under cgroup v1 in the hierarchy of the pids controller,
 * under v2 in the only one there is. Hosts have both where v2 lies beside v1.
 */
export function cgroupMember(types: KernelTypes): string {
  const pids = types.enumerator("cgroup_subsys_id", "pids_cgrp_id");
  return pids !== undefined && hasPidsHierarchy() ? `subsys[${pids}]->cgroup` : "dfl_cgrp";
}
