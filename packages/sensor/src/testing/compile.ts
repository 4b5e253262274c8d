import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Whether there is a C compiler for the programs beside this file. */
export function hasCompiler(): boolean {
  try {
    execFileSync("gcc", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Compiles one of the programs beside this file into a folder; gives its path. */
export function compile(
  name: "burst" | "brief" | "calls" | "ids" | "sockets" | "steady",
  folder: string,
): string {
  const source = fileURLToPath(new URL(`./${name}.c`, import.meta.url));
  const program = `${folder}/${name}`;
  const options = name === "brief" ? ["-static", "-nostdlib"] : ["-pthread"];
  execFileSync("gcc", ["-O2", "-Wall", "-o", program, source, ...options]);
  return program;
}
