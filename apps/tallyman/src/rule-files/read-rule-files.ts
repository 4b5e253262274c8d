import { isUtf8 } from "node:buffer";
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

/** Where the texts of rules, of exceptions and of value lists come from. */
export interface RuleFileReader {
  readRuleFiles(paths: readonly string[]): ReadRuleFiles;
  readonly readValueFile: ReadValueFile;
}

const extensions = [".toml", ".json", ".ndjson", ".yaml", ".yml"];

/** Folders may stand in each other this deep, which also ends loops of links. */
const depthMax = 32;

/** Bytes that are no text would be replaced, and values with them match nothing, in silence. */
const notUtf8 = "not text in UTF-8";

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
      } else {
        const bytes = readFileSync(path);
        if (isUtf8(bytes)) files.push({ path, text: bytes.toString("utf8") });
        else problems.push({ path, message: `${notUtf8}, which all files of rules are` });
      }
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

/** Where a file of values is that another file names: paths count from that one's folder. */
export function valueFilePath(path: string, beside: string): string {
  return resolvePath(dirname(beside), path);
}

/** Reads a file of values that another file names. */
export const readValueFile: ReadValueFile = (path, beside) => {
  const file = valueFilePath(path, beside);
  try {
    if (statSync(file).size > fileBytesMax) return { problem: "it is larger than 64 MiB" };
    const bytes = readFileSync(file);
    return isUtf8(bytes) ? { text: bytes.toString("utf8") } : { problem: notUtf8 };
  } catch (error) {
    return { problem: describeFileError(error) };
  }
};

/** The texts that files hold. */
export const diskReader: RuleFileReader = { readRuleFiles, readValueFile };

/** Where the rules are that come with the program: beside the bundle, or in the repository. */
export function builtInRulesFolder(): string {
  const bundled = fileURLToPath(new URL("./rules/", import.meta.url));
  return existsSync(bundled) ? bundled : fileURLToPath(new URL("../../../../rules/", import.meta.url));
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
