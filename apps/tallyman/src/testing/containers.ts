import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

/** Why no container can be started here with runc, and typed into; undefined when that works. */
export function whyNoContainers(): string | undefined {
  for (const [program, packageName] of [
    ["runc", "runc"],
    ["script", "bsdutils"],
    ["ldd", "libc-bin"],
    ["ip", "iproute2"],
  ] as const) {
    if (!isInstalled(program)) return `there is no ${program} (package ${packageName})`;
  }
  return undefined;
}

export function isInstalled(program: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
}

/** What a container is to run. */
export interface BundleOptions {
  readonly args: readonly string[];
  readonly terminal?: boolean;
  /** A network namespace by name, in place of one of its own. */
  readonly network?: string;
  /** Changes what runc made up. */
  readonly edit?: (config: BundleConfig) => void;
}

/** The part of an OCI bundle's config.json that tests change. */
export interface BundleConfig {
  readonly process: {
    terminal: boolean;
    args: readonly string[];
    readonly env: string[];
    capabilities: Record<string, readonly string[]>;
  };
  root: { readonly path: string; readonly readonly: boolean };
  readonly mounts: { destination: string; type: string; source: string; options: readonly string[] }[];
  readonly linux: {
    namespaces: { readonly type: string; path?: string }[];
    maskedPaths: readonly string[];
    readonlyPaths: readonly string[];
  };
}

/** Makes a bundle a privileged one, as engines do: with capabilities that no other container has, and all of /proc and /sys. */
export function makePrivileged({ linux, process: { capabilities } }: BundleConfig): void {
  for (const set of ["bounding", "effective", "permitted"])
    capabilities[set] = [...(capabilities[set] ?? []), "CAP_SYS_ADMIN", "CAP_SYS_MODULE", "CAP_SYS_RAWIO"];
  linux.maskedPaths = [];
  linux.readonlyPaths = [];
}

/** What a shell that is typed into has to prompt with. */
export const prompt = "ready-for-a-command> ";

/** A folder with a root file system made of programs of this host, and bundles of containers in it. */
export class ContainerPlace {
  readonly rootfs: string;
  readonly #folder: string;
  readonly #containers: string[] = [];
  readonly #networks: string[] = [];

  constructor(folder: string) {
    this.#folder = folder;
    this.rootfs = join(folder, "rootfs");
    for (const each of ["bin", "etc", "proc", "sys", "dev", "tmp", "root", "home/app/.aws", "run"])
      mkdirSync(join(this.rootfs, each), { recursive: true });
    for (const program of ["bash", "cat", "chmod", "grep", "ls", "sleep", "true"])
      this.addProgram(join("/bin", program));
    symlinkSync("bash", join(this.rootfs, "bin", "sh"));
    this.put("etc/passwd", "root:x:0:0:root:/root:/bin/bash\n");
    this.put("etc/group", "root:x:0:\n");
  }

  /** Puts a file into the root file system. */
  put(path: string, text: string, mode = 0o644): void {
    writeFileSync(join(this.rootfs, path), text, { mode });
    chmodSync(join(this.rootfs, path), mode);
  }

  /** A program that does nothing, under a name of its own. */
  addName(name: string): void {
    copyFileSync(join(this.rootfs, "bin", "true"), join(this.rootfs, "bin", name));
  }

  /** A shell under another name. */
  addShell(name: string): void {
    copyFileSync(join(this.rootfs, "bin", "bash"), join(this.rootfs, "bin", name));
  }

  /** Takes a file out of the root file system; nothing where it is not there. */
  remove(path: string): void {
    rmSync(join(this.rootfs, path), { force: true });
  }

  /** A bundle, which is a folder with a config.json. */
  #bundle(name: string, { args, edit, network, terminal = false }: BundleOptions): string {
    const bundle = join(this.#folder, name);
    mkdirSync(bundle);
    execFileSync("runc", ["spec"], { cwd: bundle });
    const path = join(bundle, "config.json");
    const config = JSON.parse(readFileSync(path, "utf8")) as BundleConfig;
    config.process.terminal = terminal;
    config.process.args = args;
    config.process.env.push(`PS1=${prompt}`);
    config.root = { path: this.rootfs, readonly: false };
    for (const namespace of config.linux.namespaces)
      if (namespace.type === "network" && network !== undefined) namespace.path = `/run/netns/${network}`;
    edit?.(config);
    writeFileSync(path, JSON.stringify(config));
    return bundle;
  }

  /** Runs a container to its end; gives its id. */
  run(name: string, options: BundleOptions): string {
    const id = this.#register(name);
    execFileSync("runc", ["run", "--bundle", this.#bundle(name, options), id], { stdio: "pipe" });
    return id;
  }

  /** Starts a container in the background; gives its id. */
  runDetached(name: string, options: BundleOptions): string {
    const id = this.#register(name);
    execFileSync("runc", ["run", "--detach", "--bundle", this.#bundle(name, options), id], {
      stdio: "ignore",
    });
    return id;
  }

  /** Starts a container whose output can be read. */
  spawn(name: string, options: BundleOptions): ChildProcess {
    const command = ["run", "--bundle", this.#bundle(name, options), this.#register(name)];
    return spawn("runc", command, { stdio: ["ignore", "pipe", "pipe"] });
  }

  /** Opens a shell in a container of its own, on a terminal. */
  async openShell(name: string): Promise<TypedShell & { readonly id: string }> {
    const id = this.#register(name);
    const bundle = this.#bundle(name, { args: ["/bin/bash"], terminal: true });
    const shell = await TypedShell.open(`runc run --bundle ${bundle} ${id}`);
    return Object.assign(shell, { id });
  }

  /** A network namespace from which everything is routed into a cable that leads back to it: nothing leaves the machine. */
  makeNetwork(name: string): string {
    const network = `tw${process.pid}${name}`;
    this.#networks.push(network);
    const ip = (line: string) => execFileSync("ip", line.split(" "));
    ip(`netns add ${network}`);
    ip(`-n ${network} link add near type veth peer name far`);
    ip(`-n ${network} addr add 10.66.0.2/24 dev near`);
    for (const link of ["lo", "near", "far"]) ip(`-n ${network} link set ${link} up`);
    ip(`-n ${network} route add default via 10.66.0.1`);
    return network;
  }

  /** Removes everything again. */
  close(): void {
    for (const id of this.#containers) spawnSync("runc", ["delete", "--force", id]);
    for (const network of this.#networks) spawnSync("ip", ["netns", "delete", network]);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** The id of the container of that name. */
  idOf(name: string): string {
    return `tallyman-test-${process.pid}-${name}`;
  }

  #register(name: string): string {
    const id = this.idOf(name);
    this.#containers.push(id);
    return id;
  }

  /** Puts a program of the host into the root file system, with the libraries that it is linked to. */
  addProgram(path: string): void {
    const program = realpathSync(path);
    copyFileSync(program, join(this.rootfs, "bin", basename(path)));
    const libraries = execFileSync("ldd", [program], { encoding: "utf8" }).match(/\/\S+\.so\S*/g) ?? [];
    for (const library of libraries) {
      const to = join(this.rootfs, library);
      if (existsSync(to)) continue;
      mkdirSync(dirname(to), { recursive: true });
      copyFileSync(realpathSync(library), to);
    }
  }
}

/** A shell on a terminal, and somebody who types. */
export class TypedShell {
  readonly #child: ChildProcess;
  #shown = "";

  private constructor(command: string) {
    this.#child = spawn("script", ["-qefc", command, "/dev/null"], {
      stdio: "pipe",
      env: { ...process.env, TERM: "dumb" },
    });
    this.#child.stdout?.on("data", (chunk: Buffer) => {
      this.#shown += chunk.toString();
    });
  }

  /** Starts a command that opens a shell, and waits until that prompts. Rejects with what was printed when it ends before. */
  static async open(command: string): Promise<TypedShell> {
    const shell = new TypedShell(command);
    await shell.#prompted(1);
    return shell;
  }

  /** Types a line, and waits for the next prompt. */
  async type(line: string): Promise<void> {
    const before = this.#prompts();
    this.#child.stdin?.write(`${line}\n`);
    await this.#prompted(before + 1);
  }

  /** Types a line after which there is no prompt any more. */
  async leave(line = "exit"): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.stdin?.write(`${line}\n`);
    await ended;
  }

  #prompts(): number {
    return this.#shown.split(prompt).length - 1;
  }

  async #prompted(count: number): Promise<void> {
    const ended = once(this.#child, "exit").then(() => {
      throw new Error(`the shell ended: ${this.#shown}`);
    });
    while (this.#prompts() < count)
      await Promise.race([once(this.#child.stdout as NodeJS.ReadableStream, "data"), ended]);
    ended.catch(() => {});
  }
}
