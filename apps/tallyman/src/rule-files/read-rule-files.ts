import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve as resolvePath } from "node:path";
import { fileURLToPath } from "node:url";
import type { ReadValueFile, RuleFile } from "@tallyman/rules";
import { describeFileError } from "./file-error.ts";

/** Rule files with their texts, and the paths that could not be read, with the reason in a sentence. */
export interface ReadRuleFiles {
  readonly files: readonly RuleFile[];
  readonly problems: readonly { readonly path: string; readonly message: string }[];
}

const extensions = [".toml", ".json", ".ndjson", ".yaml", ".yml"];

/** Folders may stand in each other this deep, which also ends loops of links. */
const depthMax = 32;

/** What is larger is rather a recording that lies among the rules. */
const fileBytesMax = 64 * 2 ** 20;

/** Reads the given files, and below the given folders every file that may hold rules, in the order of their paths. */
export function readRuleFiles(paths: readonly string[]): ReadRuleFiles {
  const files: RuleFile[] = [];
  const problems: { path: string; message: string }[] = [];
  const visit = (path: string, depth: number): void => {
    try {
      const stats = statSync(path);
      if (stats.isDirectory()) {
        if (depth > depthMax) return;
        for (const entry of readdirSync(path, { withFileTypes: true }).sort(byName)) {
          const { name } = entry;
          if (name.startsWith(".") || name === "node_modules") continue;
          if (entry.isDirectory() || extensions.some((extension) => name.endsWith(extension)))
            visit(join(path, name), depth + 1);
        }
      } else if (stats.size > fileBytesMax) {
        problems.push({ path, message: "larger than 64 MiB, which no file of rules is" });
      } else files.push({ path, text: readFileSync(path, "utf8") });
    } catch (error) {
      problems.push({ path, message: describeFileError(error) });
    }
  };
  for (const path of paths) {
    const before = files.length + problems.length;
    visit(path, 0);
    if (files.length + problems.length === before)
      problems.push({ path, message: `no files of rules are in it, which end in ${extensions.join(", ")}` });
  }
  return { files, problems };
}

/** Reads a file of values that another file names, from that one's folder on. */
export const readValueFile: ReadValueFile = (path, beside) => {
  const file = resolvePath(dirname(beside), path);
  try {
    if (statSync(file).size > fileBytesMax) return { problem: "it is larger than 64 MiB" };
    return { text: readFileSync(file, "utf8") };
  } catch (error) {
    return { problem: describeFileError(error) };
  }
};

/** Where the rules are that come with the program: beside the bundle, or in the repository. */
export function builtInRulesFolder(): string {
  const bundled = fileURLToPath(new URL("./rules/", import.meta.url));
  return existsSync(bundled) ? bundled : fileURLToPath(new URL("../../../../rules/", import.meta.url));
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
