import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ContainerPlace } from "./containers.ts";

/** Six things that attackers do in containers and with them. */
export type ScenarioName = "shell" | "utility" | "chmod" | "egress" | "privileged" | "credentials";

/** How what was done is found in an alert again: by the container that it was in, and what was executed. */
export interface Trace {
  readonly container?: string;
  readonly args?: readonly string[];
}

/** Does all six for real, and says what to look for. Each call needs another tag. */
export async function doScenarios(
  place: ContainerPlace,
  tag: string,
): Promise<Readonly<Record<ScenarioName, Trace>>> {
  place.addName("kubectl");
  place.put("tmp/x", "x");
  const shell = await place.openShell(`${tag}-shell`);
  const container = shell.id;
  await shell.type("sh");
  await shell.type(`kubectl get pods ${tag}`);
  await shell.type("chmod 777 /tmp/x");
  await shell.type(`grep -r aws_secret_access_key /home ${tag}`);
  await shell.type("exit");
  await shell.leave();
  return {
    shell: { container, args: ["sh"] },
    utility: { container, args: ["kubectl", "get", "pods", tag] },
    chmod: { container, args: ["chmod", "777", "/tmp/x"] },
    egress: { container: callOut(place, `${tag}-egress`) },
    privileged: { args: startPrivileged(place, tag) },
    credentials: { container, args: ["grep", "-r", "aws_secret_access_key", "/home", tag] },
  };
}

/** A program that the entrypoint starts connects to an address that nobody here has, in a network that leads nowhere. */
function callOut(place: ContainerPlace, name: string): string {
  const call = "bash -c 'exec 3<>/dev/tcp/93.184.216.34/8080'";
  place.put("entrypoint.sh", `#!/bin/bash\n${call} &\nsleep 0.5\nkill $!\nexit 0\n`, 0o755);
  return place.run(name, { args: ["/entrypoint.sh"], network: place.makeNetwork(name.slice(0, 4)) });
}

/** As an engine's client is called on the host; the rule looks at nothing else. */
function startPrivileged(place: ContainerPlace, tag: string): readonly string[] {
  const docker = join(dirname(place.rootfs), tag, "docker");
  mkdirSync(dirname(docker), { recursive: true });
  copyFileSync("/bin/true", docker);
  const args = ["run", "--privileged", "--volume", "/:/host", "alpine", tag];
  execFileSync(docker, args);
  return [docker, ...args];
}

/** Whether an alert document, or one of the building blocks that came before it, is of what left this trace. */
export function isOf(alert: Readonly<Record<string, unknown>>, { args, container }: Trace): boolean {
  const of = (object: unknown, name: string) => (object as Record<string, unknown> | undefined)?.[name];
  if (container !== undefined && of(alert["container"], "id") !== container) return false;
  return args === undefined || JSON.stringify(of(alert["process"], "args")) === JSON.stringify(args);
}
