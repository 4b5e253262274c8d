import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errorCode } from "../output/output-error.ts";

/** Keeps a folder for one process. A lock whose process is gone, as after a crash, does not count. */
export class FolderLock {
  readonly #path: string;
  readonly #own: string;

  private constructor(path: string, own: string) {
    this.#path = path;
    this.#own = own;
  }

  /** Takes the lock; the id of the process that has it when that is another one. Fails as the system does. */
  static take(folder: string): FolderLock | number {
    const path = join(folder, "lock");
    const own = identityOf(process.pid) ?? `${process.pid}`;
    const beside = join(folder, `lock.${process.pid}`);
    writeFileSync(beside, own, { mode: 0o600 });
    try {
      for (let attempt = 0; ; attempt++) {
        try {
          // Unlike opening, linking makes the file and what is in it at once.
          linkSync(beside, path);
          return new FolderLock(path, own);
        } catch (error) {
          if (errorCode(error) !== "EEXIST" || attempt === lockAttempts) throw error;
        }
        const holder = readHolder(path);
        if (holder === undefined) continue;
        const pid = Number.parseInt(holder, 10);
        if (holder === own || (pid !== process.pid && identityOf(pid) === holder)) return pid;
        setAsideStale(path, holder, beside);
      }
    } finally {
      rmSync(beside, { force: true });
    }
  }

  /** False when somebody has taken the lock away. */
  get isHeld(): boolean {
    return readHolder(this.#path) === this.#own;
  }

  release(): void {
    if (this.isHeld) rmSync(this.#path, { force: true });
  }
}

/** As often as others may come between looking and taking. */
const lockAttempts = 10;

/** A process by its id, the time of its start and the start of the machine, since ids and times are used again; undefined when there is none. */
function identityOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name of the program stands in brackets and may hold anything.
    const startTime = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    return `${pid} ${startTime} ${readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim()}`;
  } catch {
    return isAlive(pid) ? `${pid}` : undefined;
  }
}

/** Where there is no /proc, the id must do. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}

function readHolder(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Takes a stale lock away by a name of our own, and gives it back when it proves to be another one. */
function setAsideStale(path: string, holder: string, beside: string): void {
  const aside = `${beside}.stale`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (readHolder(aside) !== holder) {
    try {
      linkSync(aside, path);
    } catch {
      // Somebody else has taken it meanwhile, and sees before the next saving that it is not theirs alone.
    }
  }
  rmSync(aside, { force: true });
}
