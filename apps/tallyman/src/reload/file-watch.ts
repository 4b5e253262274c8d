import { type FSWatcher, readdirSync, statSync, watch } from "node:fs";
import { dirname, join } from "node:path";

/** Editors write a file in several steps. */
const settleMs = 300;

/** Where the system does not tell of changes, or not of all, they are looked for this often. */
const lookMs = 10_000;

const depthMax = 32;

/**
 * Calls back when something may have changed in some files or below some folders, and on SIGHUP. It is called a little later, once for all that happened
 * together, and may be called for nothing.
 */
export class FileWatch {
  readonly #paths: () => readonly string[];
  readonly #onChange: () => void;
  readonly #watchers = new Map<string, FSWatcher>();
  #settling: NodeJS.Timeout | undefined;
  #looking: NodeJS.Timeout | undefined;
  readonly #onSignal = (): void => this.#changed();

  /** @param paths Asked for at the start, and after each change. */
  constructor(paths: () => readonly string[], onChange: () => void) {
    this.#paths = paths;
    this.#onChange = onChange;
  }

  start(): void {
    process.on("SIGHUP", this.#onSignal);
    this.#watchFolders();
  }

  stop(): void {
    process.off("SIGHUP", this.#onSignal);
    clearTimeout(this.#settling);
    clearInterval(this.#looking);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #changed(): void {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      // Folders may have come or gone; what changes from now on is told of again.
      this.#watchFolders();
      this.#onChange();
      this.#watchFolders();
    }, settleMs);
    this.#settling.unref();
  }

  #watchFolders(): void {
    const folders = new Set(this.#paths().flatMap((path) => foldersOf(path, 0)));
    for (const [folder, watcher] of this.#watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of folders) if (!this.#watchers.has(folder)) this.#watch(folder);
  }

  #watch(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#changed());
      watcher.on("error", () => {
        watcher.close();
        this.#watchers.delete(folder);
        this.#lookNowAndThen();
      });
      this.#watchers.set(folder, watcher);
    } catch {
      // There are too many watches in use, or the folder is of a kind that cannot be watched.
      this.#lookNowAndThen();
    }
  }

  #lookNowAndThen(): void {
    this.#looking ??= setInterval(() => this.#changed(), lookMs);
    this.#looking.unref();
  }
}

/** The folder that a file is in, or a folder with those in it. */
function foldersOf(path: string, depth: number): string[] {
  try {
    if (!statSync(path).isDirectory()) return [dirname(path)];
    if (depth > depthMax) return [];
    const inside = readdirSync(path, { withFileTypes: true }).filter(
      ({ name }) => !name.startsWith(".") && name !== "node_modules",
    );
    const folders = inside.filter((entry) => entry.isDirectory());
    return [path, ...folders.flatMap(({ name }) => foldersOf(join(path, name), depth + 1))];
  } catch {
    // What is gone is looked for where it was.
    return depth === 0 ? [dirname(path)] : [];
  }
}
