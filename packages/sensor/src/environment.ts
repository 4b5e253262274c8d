/**
 * Which variables of a process's environment are kept: names, in which a `*` at the beginning or the end stands for anything. Environments hold
 * secrets, so nothing else leaves the sensor.
 */
export const defaultEnvironmentNames: readonly string[] = [
  "LD_PRELOAD",
  "LD_LIBRARY_PATH",
  "LD_AUDIT",
  "GLIBC_TUNABLES",
  "*_PROXY",
  "*_proxy",
  "SSH_CONNECTION",
  "SSH_CLIENT",
  "HISTFILE",
  "HISTSIZE",
  "HISTFILESIZE",
  "HISTCONTROL",
];

/** Says for a variable, `NAME=value`, whether it is kept. */
export type KeepsVariable = (variable: string) => boolean;

export function keepsVariables(names: readonly string[]): KeepsVariable {
  const exact = new Set(names.filter((name) => !name.includes("*")));
  const suffixes = names.filter((name) => name.startsWith("*")).map((name) => name.slice(1));
  const prefixes = names.filter((name) => name.endsWith("*")).map((name) => name.slice(0, -1));
  return (variable) => {
    const equals = variable.indexOf("=");
    if (equals <= 0) return false;
    const name = variable.slice(0, equals);
    return (
      exact.has(name) ||
      suffixes.some((suffix) => name.endsWith(suffix)) ||
      prefixes.some((prefix) => name.startsWith(prefix))
    );
  };
}
