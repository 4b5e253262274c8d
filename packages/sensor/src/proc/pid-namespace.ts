import { readlinkSync } from "node:fs";
import { SourceUnavailable } from "../source-unavailable.ts";

/** The first pid namespace's inode, which is the same in every kernel: PROC_PID_INIT_INO. */
export const initialPidNamespace = 0xeffffffc;

/** Throws SourceUnavailable in any pid namespace but the host's: ids of processes from the kernel would be those of others here. */
export function requireHostPidNamespace(): void {
  if (process.platform !== "linux")
    throw new SourceUnavailable(`the sensor needs Linux, and this is ${process.platform}`);
  if (readlinkSync("/proc/self/ns/pid") !== `pid:[${initialPidNamespace}]`)
    throw new SourceUnavailable(
      "this does not run in the host's pid namespace, as a container would need hostPID for",
    );
}
