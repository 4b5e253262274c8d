import { readFileSync } from "node:fs";

/** Whether the pids controller has a hierarchy of its own: cgroup v1, or v1 with v2 beside it. */
export function hasPidsHierarchy(): boolean {
  try {
    const controllers = readFileSync("/proc/cgroups", "utf8");
    return /^pids\t([1-9]\d*)\t/m.test(controllers);
  } catch {
    // Newer kernels can be built without the file, which only describes v1.
    return false;
  }
}

/** The path of the cgroup that tells containers apart, from the content of `/proc/<pid>/cgroup`; undefined when there is none. */
export function cgroupPathIn(content: string, pidsHierarchy: boolean): string | undefined {
  const line = pidsHierarchy ? /^\d+:(?:[^:\n]*,)?pids(?:,[^:\n]*)?:(.*)$/m : /^0::(.*)$/m;
  return line.exec(content)?.[1];
}
