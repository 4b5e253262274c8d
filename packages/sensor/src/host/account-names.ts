import type { Names } from "@tallyman/session-model";
import type { HostFiles } from "./host-files.ts";

/** How often is looked whether the files have changed, in milliseconds. */
const lookMs = 10_000;

/** Names of users and groups by the host's `/etc/passwd` and `/etc/group`. Users of a directory service have none there. */
export class AccountNames implements Names {
  readonly #users: NameFile;
  readonly #groups: NameFile;

  /** @param nowMs A clock that does not go back. */
  constructor(files: HostFiles, nowMs: () => number = () => performance.now()) {
    this.#users = new NameFile(files, "/etc/passwd", nowMs);
    this.#groups = new NameFile(files, "/etc/group", nowMs);
  }

  user(id: number): string | undefined {
    return this.#users.nameOf(id);
  }

  group(id: number): string | undefined {
    return this.#groups.nameOf(id);
  }
}

class NameFile {
  readonly #files: HostFiles;
  readonly #path: string;
  readonly #nowMs: () => number;
  #names: ReadonlyMap<number, string> = new Map();
  #mark: string | undefined;
  #lookAtMs = Number.NEGATIVE_INFINITY;

  constructor(files: HostFiles, path: string, nowMs: () => number) {
    this.#files = files;
    this.#path = path;
    this.#nowMs = nowMs;
  }

  nameOf(id: number): string | undefined {
    if (this.#nowMs() >= this.#lookAtMs) this.#look();
    return this.#names.get(id);
  }

  #look(): void {
    this.#lookAtMs = this.#nowMs() + lookMs;
    const mark = this.#files.mark(this.#path);
    if (mark === this.#mark) return;
    this.#mark = mark;
    this.#names = namesById(this.#files.read(this.#path) ?? "");
  }
}

/** Of accounts with the same id the first one gives it its name, as getpwuid(3) does. Lines of passwd(5) and group(5): `name:password:id:…`. */
export function namesById(text: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const line of text.split("\n")) {
    const [name = "", , id = ""] = line.split(":", 3);
    if (name === "" || name.startsWith("#") || !/^\d{1,10}$/.test(id)) continue;
    if (!names.has(Number(id))) names.set(Number(id), name);
  }
  return names;
}
