import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { type AddressInfo, createConnection, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import type { FileEvent, KernelEvent, NetworkEvent, RunningProcess } from "@tallyman/session-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { keepsVariables } from "../environment.ts";
import { inTicks, ProcReader } from "../proc/read-processes.ts";
import { startSource } from "../start-source.ts";
import { compile, hasCompiler } from "../testing/compile.ts";
import { Observation } from "../testing/observation.ts";
import { announced, whyNoBpf } from "../testing/requirements.ts";
import { EbpfSource } from "./ebpf.ts";

const reason = announced("the eBPF source", whyNoBpf());
let folder: string;
const reader = new ProcReader({ keepsVariable: keepsVariables([]), environmentBytes: 0 });
let self: RunningProcess | undefined;
let observation: Observation;

describe.skipIf(reason !== undefined)("the eBPF source", () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "tallyman-ebpf-"));
    self = reader.read(process.pid);
    const { running, rejected } = await startSource([new EbpfSource()]);
    expect(rejected).toEqual([]);
    observation = new Observation(running);
  });

  afterAll(async () => {
    await observation.stop();
    rmSync(folder, { recursive: true });
  });

  describe("of processes", () => {
    it("reports fork, exec and exit with what belongs to them", async () => {
      const { pid } = spawn("/bin/sh", ["-c", "exit 7", "tag-whole"], {
        cwd: "/usr",
        env: { LD_PRELOAD: "", SECRET: "x", https_proxy: "http://p" },
        stdio: ["ignore", "pipe", "ignore"],
      });
      const exit = await observation.first("exit", (event) => event.pid === pid);
      const exec = await observation.first("exec", (event) => event.pid === pid);
      const fork = await observation.first("fork", (event) => event.pid === pid);
      const { startNs, ...known } = {
        pid,
        ppid: process.pid,
        pgid: self?.pgid,
        sid: self?.sid,
        tty: self?.tty,
        vpid: pid,
        credentials: self?.credentials,
        capabilities: self?.capabilities,
        namespaces: self?.namespaces,
        startNs: fork.startNs as bigint,
      };
      expect(fork).toMatchObject({ ...known, startNs, forkerPid: process.pid });
      expect(exec).toMatchObject({
        ...known,
        startNs,
        comm: "sh",
        filename: "/bin/sh",
        isScript: false,
        args: ["/bin/sh", "-c", "exit 7", "tag-whole"],
        workingDirectory: "/usr",
        environment: ["LD_PRELOAD=", "https_proxy=http://p"],
        standardFiles: [{ major: 1, minor: 3 }, null, { major: 1, minor: 3 }],
        cgroup: { path: self?.cgroup?.path },
      });
      expect(exec.resolvedPath).toBe(
        execFileSync("readlink", ["-f", "/bin/sh"], { encoding: "utf8" }).trim(),
      );
      expect(exec).not.toHaveProperty("argsTruncated");
      expect(exit).toMatchObject({ ...known, startNs, exitCode: 7 });
      expect(exit).not.toHaveProperty("signal");
      const { parentStartNs, atNs } = fork;
      expect((parentStartNs as bigint) / 10_000_000n).toBe((self?.startNs as bigint) / 10_000_000n);
      expect(atNs - (startNs as bigint)).toBeLessThan(1_000_000_000n);
      expect(exec.atNs).toBeGreaterThan(fork.atNs);
      expect(exit.atNs).toBeGreaterThan(exec.atNs);
    });

    it("tells what signal ended a process", async () => {
      const { pid } = spawn("/bin/sh", ["-c", "kill -TERM $$"], { stdio: "ignore" });
      const exit = await observation.first("exit", (event) => event.pid === pid);
      expect(exit).toMatchObject({ signal: 15 });
      expect(exit).not.toHaveProperty("exitCode");
    });

    it("names a script by its own path, relative as it was given, and a program by its link", async () => {
      const script = join(folder, "s.sh");
      writeFileSync(script, "#!/bin/sh\nexit 0\n");
      chmodSync(script, 0o700);
      symlinkSync("/bin/sh", join(folder, "mysh"));
      const given = "./s.sh";
      const { pid } = spawn(given, ["tag-script"], { cwd: folder, stdio: "ignore" });
      const ran = await observation.first("exec", (event) => event.pid === pid && event.isScript === true);
      expect(ran).toMatchObject({ filename: given, workingDirectory: folder, comm: "s.sh" });
      expect(ran.args).toEqual(["/bin/sh", given, "tag-script"]);
      expect(ran.resolvedPath).toMatch(/\/(da|ba|bu)[a-z]*$/);
      spawn(join(folder, "mysh"), ["-c", ":", "tag-link"], { stdio: "ignore" });
      const linked = await observation.first("exec", (event) => event.args?.at(-1) === "tag-link");
      expect(linked).toMatchObject({
        filename: join(folder, "mysh"),
        isScript: false,
        resolvedPath: ran.resolvedPath,
      });
    });

    it("cuts what is too long, and says so", async () => {
      const long = "x".repeat(20_000);
      const env = { FIRST: "x".repeat(5000), LD_PRELOAD: "/late.so" };
      spawn("/bin/true", ["tag-long", long], { env, stdio: "ignore" });
      const exec = await observation.first("exec", (event) => event.args?.[1] === "tag-long");
      expect(exec.argsTruncated).toBe(true);
      expect(exec.args?.[2]?.length).toBeGreaterThan(8000);
      expect(long.startsWith(exec.args?.[2] as string)).toBe(true);
      expect(exec).toMatchObject({ environment: [], environmentTruncated: true, filename: "/bin/true" });
    });

    it("sees arguments that are empty, odd, and not UTF-8", async () => {
      spawnSync("/bin/sh", ["-c", "exec /bin/true tag-odd '' 'a\nb' \"$(printf '\\377')\" \"\u001b[31m\""]);
      const exec = await observation.first("exec", (event) => event.args?.[1] === "tag-odd");
      expect(exec.args?.slice(2)).toEqual(["", "a\nb", "\ufffd", "\u001b[31m"]);
    });

    it("reports a new session", async () => {
      const { pid } = spawn("/bin/true", [], { detached: true, stdio: "ignore" });
      const event = await observation.first("setsid", (event) => event.pid === pid);
      expect(event).toMatchObject({ sid: pid, pgid: pid, tty: null });
    });

    it("reports new ids, once for a process of several threads", async () => {
      const script = "process.setgid(1234); process.setuid(1234)";
      const { pid } = spawn(process.execPath, ["-e", script], { stdio: "ignore" });
      await observation.first("exit", (event) => event.pid === pid);
      const found = observation
        .all("ids", (event) => event.pid === pid)
        .map(({ credentials }) => credentials);
      expect(found).toEqual([
        { uid: 0, euid: 0, suid: 0, gid: 1234, egid: 1234, sgid: 1234 },
        { uid: 1234, euid: 1234, suid: 1234, gid: 1234, egid: 1234, sgid: 1234 },
      ]);
      expect(observation.all("exit", (event) => event.pid === pid)).toHaveLength(1);
      expect(observation.all("fork", (event) => event.pid === pid)).toHaveLength(1);
    });

    it.skipIf(!hasCompiler())("reports new ids by every call for them", async () => {
      const { pid, status, stdout } = spawnSync(compile("ids", folder), { encoding: "utf8" });
      expect(status).toBe(0);
      await observation.first("exit", (event) => event.pid === pid);
      const once = ["7 0", "0 0", "0 7", "0 0", "0 0", "0 0"];
      expect(
        observation
          .all("ids", (event) => event.pid === pid)
          .map(({ credentials }) => `${credentials?.suid} ${credentials?.sgid}`),
      ).toEqual(Array.from({ length: Number(stdout) }, () => once).flat());
    });

    it("sees a terminal, and its session", async () => {
      spawnSync("script", ["-qec", "/bin/sh -c '/bin/true tag-tty'", "/dev/null"], { stdio: "ignore" });
      const exec = await observation.first("exec", (event) => event.args?.[1] === "tag-tty");
      expect(exec.tty).toMatchObject({ major: 136 });
      expect(exec.standardFiles).toEqual([exec.tty, exec.tty, exec.tty]);
      expect(exec.sid).not.toBe(self?.sid);
    });

    it("sees the pid namespace of a process, and its id in there", async () => {
      spawnSync("unshare", ["--pid", "--mount", "--net", "--fork", "/bin/true", "tag-namespace"]);
      const exec = await observation.first(
        "exec",
        (event) => event.args?.[1] === "tag-namespace" && event.vpid === 1,
      );
      expect(exec.namespaces?.pid).not.toBe(self?.namespaces?.pid);
      expect(exec.namespaces?.mount).not.toBe(self?.namespaces?.mount);
      expect(exec.namespaces?.network).not.toBe(self?.namespaces?.network);
      expect(exec.pid).toBeGreaterThan(1);
    });

    it.skipIf(!hasCompiler())("sees paths as the process does, below its own root", async () => {
      const root = join(folder, "root");
      mkdirSync(join(root, "a/b"), { recursive: true });
      copyFileSync(compile("brief", folder), join(root, "a/b/brief"));
      spawnSync("chroot", [root, "/a/b/brief", "tag-root"]);
      const exec = await observation.first("exec", (event) => event.args?.[1] === "tag-root");
      expect(exec).toMatchObject({
        filename: "/a/b/brief",
        resolvedPath: "/a/b/brief",
        workingDirectory: "/",
      });
    });

    it.skipIf(!hasCompiler())("names a program that has no file", async ({ skip }) => {
      compile("brief", folder);
      const script = `
        import os, sys
        fd = os.memfd_create("hidden")
        os.write(fd, open(sys.argv[1], "rb").read())
        os.execve(fd, ["tag-memfd"], {})`;
      const { status } = spawnSync("python3", [
        "-c",
        script.replaceAll("\n        ", "\n"),
        join(folder, "brief"),
      ]);
      if (status === null) skip("there is no python3");
      const exec = await observation.first("exec", (event) => event.args?.[0] === "tag-memfd");
      expect(exec.resolvedPath).toBe("/memfd:hidden");
      expect(exec.filename).toMatch(/^\/(dev\/fd|proc\/self\/fd)\/\d+$/);
    });

    it.skipIf(!hasCompiler())(
      "sees the cgroup of a container, and who made its process",
      async ({ skip }) => {
        if (spawnSync("runc", ["--version"]).error !== undefined) skip("there is no runc");
        const bundle = join(folder, "bundle");
        mkdirSync(join(bundle, "rootfs"), { recursive: true });
        copyFileSync(compile("brief", folder), join(bundle, "rootfs/brief"));
        execFileSync("runc", ["spec"], { cwd: bundle });
        const config = JSON.parse(readFileSync(join(bundle, "config.json"), "utf8"));
        const command = { terminal: false, args: ["/brief", "tag-runc"] };
        writeFileSync(
          join(bundle, "config.json"),
          JSON.stringify({ ...config, process: { ...config.process, ...command } }),
        );
        const id = `tally-test-${process.pid}`;
        const { status, stderr } = spawnSync("runc", ["run", "--bundle", bundle, id], { encoding: "utf8" });
        if (status !== 0) skip(`runc does not run here: ${stderr}`);
        const exec = await observation.first(
          "exec",
          ({ args }) => args?.[0] === "/brief" && args[1] === "tag-runc",
        );
        expect(exec).toMatchObject({
          vpid: 1,
          filename: "/brief",
          resolvedPath: "/brief",
          workingDirectory: "/",
        });
        expect(exec.cgroup?.path).toMatch(new RegExp(`/${id}$`));
        expect(exec.capabilities?.effective).toBe(0x20000420n);
        // runc gives the process a parent that did not make it, with CLONE_PARENT.
        const fork = await observation.first("fork", ({ pid }) => pid === exec.pid);
        expect(fork.ppid).toBe(exec.ppid);
        expect(fork.forkerPid).not.toBe(fork.ppid);
        // It first runs a copy of itself that has no path.
        const copy = await observation.first(
          "exec",
          ({ args, filename }) => args?.join(" ") === "runc init" && /^\/dev\/fd\//.test(filename ?? ""),
        );
        expect(copy).not.toHaveProperty("resolvedPath");
      },
    );

    it("leaves out a working directory that is deeper than it looks, and marks such a file", async () => {
      const deep = join(folder, ...Array.from({ length: 80 }, (_, i) => `d${i}`));
      mkdirSync(deep, { recursive: true });
      spawnSync("/bin/sh", ["-c", "> file; exec /bin/true tag-deep"], { cwd: deep });
      const exec = await observation.first("exec", (event) => event.args?.[1] === "tag-deep");
      expect(exec).not.toHaveProperty("workingDirectory");
      const [made] = observation.all("create", (event) => event.pid === exec.pid);
      expect(made?.pathTruncated).toBe(true);
      expect(made?.path).toMatch(/^\/…\/d\d+\/.*\/d79\/file$/);
    });

    it("starts every process at the time that /proc has", async () => {
      const child = spawn("sleep", ["60"], { stdio: "ignore" });
      const fork = await observation.first("fork", ({ pid }) => pid === child.pid);
      expect(reader.readStat(fork.pid)?.startNs).toBe(inTicks(fork.startNs as bigint));
      child.kill();
    });
  });

  describe.skipIf(!hasCompiler())("of files", () => {
    it("reports what is made, renamed and deleted, by every call and form of path", async () => {
      const place = join(folder, "place");
      mkdirSync(place);
      const { pid, status, stderr } = spawnSync(compile("calls", folder), [place], { encoding: "utf8" });
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      await observation.first("exit", (event) => event.pid === pid);
      const found = observation.events.filter(
        (event): event is FileEvent => isFileEvent(event) && event.pid === pid,
      );
      const shown = found.map(({ kind, oldPath, path }) =>
        [
          kind,
          ...[oldPath, path].filter((path) => path !== undefined).map((path) => relative(place, path)),
        ].join(" "),
      );
      expect(shown).toEqual([
        "create one",
        "create two",
        "create sub/three",
        "create four",
        "rename one sub/uno",
        "rename sub/uno four",
        "delete two",
        "delete four",
        "create five",
        ...(process.arch === "x64"
          ? [
              "create six",
              "create seven",
              "rename six sub/six",
              "rename sub/six sechs",
              "delete sechs",
              "create eight",
              "delete eight",
            ]
          : []),
        "delete sub/three",
      ]);
    });
  });

  describe("of files that were there", () => {
    /** What is reported of a shell that opens a file in all ways, and makes another one. */
    async function openedBy(command: readonly [string, ...string[]]): Promise<readonly string[]> {
      const place = mkdtempSync(join(folder, "opened-"));
      writeFileSync(join(place, "there"), "");
      const script = ": <there; : >there; : >>there; : <>there; : >new; : >new; : >/dev/null";
      const [program, ...args] = command;
      spawnSync(program, [...args, "sh", "-c", script], { cwd: place });
      spawnSync("/bin/true", [`tag-${place}`]);
      await observation.first("exec", (event) => event.args?.[1] === `tag-${place}`);
      return observation.events
        .filter((event): event is FileEvent => isFileEvent(event) && event.path.startsWith(place))
        .map(({ kind, path }) => `${kind} ${relative(place, path)}`);
    }

    it("reports those that are opened to be changed, below a pid namespace", async ({ skip }) => {
      const unshare = ["unshare", "--pid", "--fork"] as const;
      if (spawnSync(unshare[0], [...unshare.slice(1), "true"]).status !== 0) skip("unshare does not work");
      expect(await openedBy([...unshare])).toEqual([
        ...["create there", "open there", "open there", "open there"],
        ...["create new", "open new"],
      ]);
    });

    it("reports none of them on the host", async () => {
      expect(await openedBy(["env"])).toEqual(["create there", "create new"]);
    });
  });

  describe("of connections", () => {
    it.each([
      ["127.0.0.1", "127.0.0.1", "ipv4"],
      ["::1", "::1", "ipv6"],
      // A server for both, as most are, to which IPv4 comes inside of IPv6.
      ["::", "127.0.0.1", "ipv4"],
    ])("on %s reports both ends of one to %s", async (listen, address, family) => {
      const server = createServer((socket) => socket.end());
      await new Promise<void>((resolve) => server.listen(0, listen, resolve));
      const { port } = server.address() as AddressInfo;
      const socket = createConnection(port, address);
      await once(socket, "connect");
      const { localPort } = socket;
      socket.resume();
      await once(socket, "close");
      server.close();
      const isIt = (event: NetworkEvent) => event.remote?.port === port || event.local?.port === port;
      const connection = { pid: process.pid, protocol: "tcp", family };
      const client = { address, port: localPort };
      const called = { address, port };
      const attempt = await observation.first("connect", isIt);
      expect(attempt).toMatchObject({ ...connection, local: { address }, remote: called });
      // The port is there when the kernel chose it in time.
      expect([undefined, localPort]).toContain(attempt.local?.port);
      expect(await observation.first("accept", isIt)).toMatchObject({
        ...connection,
        local: called,
        remote: client,
      });
      const ofClient = await observation.first(
        "disconnect",
        (event) => isIt(event) && event.direction === "egress",
      );
      expect(ofClient).toMatchObject({ ...connection, local: client, remote: called });
      const ofServer = await observation.first(
        "disconnect",
        (event) => isIt(event) && event.direction === "ingress",
      );
      expect(ofServer).toMatchObject({ ...connection, local: called, remote: client });
    });

    describe.skipIf(!hasCompiler())("that a program opens to itself", () => {
      const run = async (mode: string) => {
        const { pid, status, stdout } = spawnSync(compile("sockets", folder), [mode], { encoding: "utf8" });
        expect(status).toBe(0);
        await observation.first("exit", (event) => event.pid === pid);
        const [port, ...others] = stdout.trim().split("\n").map(Number);
        const all = (kind: NetworkEvent["kind"], isIt: (event: NetworkEvent) => boolean) =>
          observation.all(kind, (event) => event.pid === pid && isIt(event));
        return { port, others, all };
      };
      const isOfServer = (port?: number) => (event: NetworkEvent) => event.local?.port === port;

      it("reports those that were reset before they were accepted, and their end", async () => {
        // Sockets of these may come to lie where those of the first lay.
        const first = await run("reset");
        const second = await run("unaccepted");
        const ends = first.all("disconnect", isOfServer(first.port));
        const clients = first.all("accept", isOfServer(first.port)).map(({ remote }) => remote?.port);
        expect(clients).toHaveLength(100);
        expect(ends.map(({ remote }) => remote?.port)).toEqual(clients);
        expect(new Set(ends.map(({ direction }) => direction))).toEqual(new Set(["ingress"]));
        expect(observation.all("disconnect", isOfServer(second.port))).toEqual([]);
      });

      it("reports the ports of those that are not answered, and not waited for", async () => {
        const { port, others, all } = await run("unanswered");
        const attempts = all("connect", (event) => event.remote?.port === port);
        expect(attempts).toHaveLength(1 + others.length);
        // Not of one whose port was too late to be found with it.
        const ports = attempts.map(({ local }) => local?.port);
        expect(ports.slice(1).filter((port, i) => port === others[i]).length).toBeGreaterThan(5);
      });
    });

    it("reports an attempt that is refused, and no end of it", async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo;
      await new Promise((resolve) => server.close(resolve));
      const socket = createConnection(port, "127.0.0.1");
      await once(socket, "error");
      const attempt = await observation.first("connect", (event) => event.remote?.port === port);
      expect(attempt).toMatchObject({ pid: process.pid, remote: { address: "127.0.0.1", port } });
      spawnSync("/bin/true", ["tag-after-refusal"]);
      await observation.first("exec", (event) => event.args?.[1] === "tag-after-refusal");
      expect(observation.all("disconnect", (event) => event.remote?.port === port)).toEqual([]);
    });
  });
});

function isFileEvent(event: KernelEvent): event is FileEvent {
  return ["create", "rename", "delete", "open"].includes(event.kind);
}
