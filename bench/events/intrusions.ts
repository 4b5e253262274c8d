import type { Command } from "./program.ts";

/** A process that a rule of our own pack finds. */
export interface Intrusion extends Command {
  readonly isContained: boolean;
  readonly isInteractive: boolean;
  /** True when what is found is that a child of it then calls out. */
  readonly isEntrypoint: boolean;
}

/** One for each rule of the pack, in the order of their files. */
export const intrusions: readonly Intrusion[] = [
  contained("sh", "/bin/sh", ["/bin/sh", "/docker-entrypoint.sh"], { isEntrypoint: true }),
  contained("grep", "/usr/bin/grep", ["grep", "-rE", "aws_secret_access_key|AKIA", "/root", "/home"]),
  contained("chmod", "/usr/bin/chmod", ["chmod", "+x", "/dev/shm/.k"]),
  contained("kubectl", "/tmp/kubectl", ["/tmp/kubectl", "get", "secrets", "-A"]),
  contained("bash", "/usr/bin/bash", ["bash", "-i"], { isInteractive: true }),
  {
    name: "docker",
    executable: "/usr/bin/docker",
    args: ["docker", "run", "--privileged", "--pid=host", "-v", "/:/host", "alpine", "chroot", "/host"],
    isContained: false,
    isInteractive: true,
    isEntrypoint: false,
  },
];

function contained(
  name: string,
  executable: string,
  args: readonly string[],
  more: Partial<Intrusion> = {},
): Intrusion {
  return { name, executable, args, isContained: true, isInteractive: false, isEntrypoint: false, ...more };
}
