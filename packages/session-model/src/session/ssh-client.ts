import { formatIp, parseIp } from "@tallyman/ecs";

/**
 * The address that an SSH session came from, by the variable that sshd sets: `SSH_CONNECTION=client port server port`, of old `SSH_CLIENT`. Undefined
 * where there is neither, or no address in it: the process itself chooses its environment. Source: sshd(8).
 */
export function sshClient(environment: readonly string[] | undefined): string | undefined {
  const value = variable(environment, "SSH_CONNECTION=") ?? variable(environment, "SSH_CLIENT=");
  if (value === undefined) return undefined;
  const blank = value.indexOf(" ");
  const text = blank < 0 ? value : value.slice(0, blank);
  const zone = text.indexOf("%");
  const address = parseIp(zone < 0 ? text : text.slice(0, zone));
  return address === undefined ? undefined : formatIp(address);
}

function variable(environment: readonly string[] | undefined, prefix: string): string | undefined {
  return environment?.find((entry) => entry.startsWith(prefix))?.slice(prefix.length);
}
