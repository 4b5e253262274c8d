/** The last part of a path: all of it where it has no slash, empty where it ends in one. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** What stands before the last part; `/` for what lies in the root, undefined where there is no slash. */
export function directoryOf(path: string): string | undefined {
  const slash = path.lastIndexOf("/");
  if (slash < 0) return undefined;
  return slash === 0 ? "/" : path.slice(0, slash);
}

/** What follows the last dot of a file's name; undefined where there is none, for `.bashrc`, and for `name.`. */
export function extensionOf(name: string): string | undefined {
  const dot = name.lastIndexOf(".");
  return dot <= 0 || dot === name.length - 1 ? undefined : name.slice(dot + 1);
}

/**
 * A path made absolute and free of `.`, `..` and doubled slashes, without asking whether links lie on the way: `/usr/bin/../../tmp/x` must not pass for
 * something in `/usr/bin`. A relative path stays as it is where the directory is not known.
 */
export function absolutePath(path: string, directory: string | undefined): string {
  if (path.startsWith("/")) return isPlain(path) ? path : normalised(path);
  return directory?.startsWith("/") ? normalised(`${directory}/${path}`) : path;
}

function isPlain(path: string): boolean {
  return !path.includes("//") && !path.includes("/.");
}

function normalised(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}
