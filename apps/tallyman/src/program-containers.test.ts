import { spawnSync } from "node:child_process";
import { on, once } from "node:events";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { announced } from "../../../packages/sensor/src/testing/requirements.ts";
import { ContainerPlace, isInstalled, prompt, TypedShell, whyNoContainers } from "./testing/containers.ts";
import { type LiveProgram, startLive, whyNoSensor, withKoffi } from "./testing/live-program.ts";
import { programPath } from "./testing/run-program.ts";
import { doScenarios, isOf, type ScenarioName, type Trace } from "./testing/scenarios.ts";

// The bundle as users run it, over what really happens in containers: tools/build-before-tests.mjs brings it up to date.

const rules: Readonly<Record<ScenarioName, string>> = {
  shell: "Unusual Interactive Process Launched in a Container",
  utility: "Container Management Utility Run Inside A Container",
  chmod: "File Made Executable via Chmod Inside A Container",
  egress: "Egress Connection from Entrypoint in Container",
  privileged: "Privileged Docker Container Creation",
  credentials: "AWS Credentials Searched For Inside A Container",
};

const reason = whyNoSensor() ?? announced("alerts from containers", whyNoContainers());

describe.skipIf(reason !== undefined)("tallyman watch on containers", { timeout: 60_000 }, () => {
  let place: ContainerPlace;
  let live: LiveProgram;

  beforeAll(async () => {
    place = new ContainerPlace(mkdtempSync(join(tmpdir(), "tallyman-containers-")));
    for (const name of ["kubectl", "newcomer", "newcomer-exec", "newcomer-podman"]) place.addName(name);
    live = await startLive(["watch", "--state", join(place.rootfs, "..", "state")]);
  }, 60_000);

  afterAll(async () => {
    const { status, stderr } = await live.stop();
    place.close();
    expect([status, stderr]).toEqual([0, expect.stringContaining("no event was lost")]);
  });

  const alertOf = (rule: string, trace: Trace) => live.line((line) => isAlertOf(line, rule, trace));

  test("each of six attacks raises the alert of its rule", async () => {
    const traces = await doScenarios(place, "six");
    const alerts = await Promise.all(
      Object.entries(traces).map(async ([name, trace]) => {
        const line = await alertOf(rules[name as ScenarioName], trace);
        return [name, JSON.parse(line)["kibana.alert.rule.name"]];
      }),
    );
    expect(Object.fromEntries(alerts)).toEqual(rules);
  });

  test("an alert says which container it was, who was there, and how they had come in", async () => {
    const shell = await place.openShell("said");
    await shell.type("newcomer one two");
    const alert = JSON.parse(
      await alertOf(rules.shell, { container: shell.id, args: ["newcomer", "one", "two"] }),
    );
    await shell.leave();
    expect(alert).toMatchObject({
      container: { id: shell.id },
      user: { name: "root" },
      process: {
        name: "newcomer",
        executable: "/bin/newcomer",
        interactive: true,
        parent: { name: "bash" },
        entry_leader: { name: "bash", entry_meta: { type: "container" } },
      },
    });
    expect(alert.process.vpid).toBeLessThan(100);
  });

  test("someone who enters a detached container is noticed, and what it runs itself as well", async () => {
    const id = place.runDetached("detached", {
      args: ["/bin/bash", "-c", "kubectl get detached; sleep 60"],
    });
    await alertOf(rules.utility, { container: id, args: ["kubectl", "get", "detached"] });
    const shell = await TypedShell.open(`runc exec --tty ${id} /bin/bash`);
    await shell.type("newcomer-exec");
    await shell.leave();
    const alert = JSON.parse(await alertOf(rules.shell, { container: id, args: ["newcomer-exec"] }));
    expect(alert.process.entry_leader.entry_meta.type).toBe("container");
  });

  test("podman's containers are known by their ids and names", async ({ skip }) => {
    if (!isInstalled("podman")) skip("there is no podman (package podman)");
    const name = `tallyman-test-${process.pid}-podman`;
    const limits = "--ulimit nofile=1024:1024 --ulimit nproc=1024:1024";
    const how = `--runtime runc --cgroup-manager cgroupfs run --rm -it --name ${name} --network none ${limits}`;
    const env = `--env 'PS1=${prompt}'`;
    let shell: TypedShell;
    try {
      shell = await TypedShell.open(`podman ${how} ${env} --rootfs ${place.rootfs} /bin/bash`);
    } catch (error) {
      skip(`podman does not run here: ${(error as Error).message.slice(0, 300)}`);
      return;
    }
    await shell.type("newcomer-podman");
    await shell.leave();
    const alert = JSON.parse(await alertOf(rules.shell, { args: ["newcomer-podman"] }));
    expect(alert.container.id).toMatch(/^[0-9a-f]{64}$/);
    expect(alert.container.name).toBe(name);
  });

  test("bubblewrap, which makes a pid namespace and no container, raises none", async ({ skip }) => {
    if (!isInstalled("bwrap")) skip("there is no bwrap (package bubblewrap)");
    const shell = await TypedShell.open(
      `bwrap --unshare-pid --setenv PS1 '${prompt}' --bind ${place.rootfs} / --proc /proc --dev /dev /bin/bash`,
    );
    const typed = [
      "kubectl in-bubblewrap",
      "chmod 777 /tmp/in-bubblewrap",
      "grep -r aws_secret_access_key in-bubblewrap",
    ];
    for (const line of typed) await shell.type(line);
    await shell.leave();
    // What comes later is reported later.
    const after = await place.openShell("after");
    await after.type("kubectl get after");
    await alertOf(rules.utility, { container: after.id });
    await after.leave();
    expect(live.lines.filter((line) => line.includes("in-bubblewrap"))).toEqual([]);
  });
});

describe.skipIf(reason !== undefined)("tallyman sensor in a container, as on a node of a cluster", () => {
  test("sees the host and its users, with four capabilities", async () => {
    const place = new ContainerPlace(mkdtempSync(join(tmpdir(), "tallyman-in-container-")));
    onTestFinished(() => place.close());
    place.addProgram(process.execPath);
    place.put("etc/passwd", "inside:x:0:0::/root:/bin/bash\n");
    const capabilities = ["CAP_BPF", "CAP_PERFMON", "CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH"];
    const child = place.spawn("sensor", {
      args: ["/bin/node", "/program/bin/tallyman.js", "sensor", "--source", "ebpf", "--state", "/tmp/state"],
      edit(config) {
        const bind = (source: string, destination: string) =>
          config.mounts.push({ source, destination, type: "bind", options: ["rbind", "ro"] });
        bind(dirname(dirname(programPath)), "/program");
        bind(withKoffi.NODE_PATH, "/modules");
        config.process.env.push("NODE_PATH=/modules");
        for (const set of ["bounding", "effective", "permitted"])
          config.process.capabilities[set] = capabilities;
        config.linux.namespaces = config.linux.namespaces.filter(({ type }) => type !== "pid");
      },
    });
    const said: string[] = [];
    child.stderr?.on("data", (chunk: Buffer) => said.push(chunk.toString()));
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    // The first line comes when everything is in place.
    const run = once(lines, "line").then(() => spawnSync("/bin/true", ["tag-node"]));
    const isExec = (line: string) => line.includes('"tag-node"') && line.includes('"exec"');
    for await (const [line] of on(lines, "line", { close: ["close"] })) {
      if (!isExec(line)) continue;
      expect(JSON.parse(line)).toMatchObject({
        host: { id: readFileSync("/etc/machine-id", "utf8").trim() },
        process: { pid: (await run).pid, name: "true" },
        user: { id: "0", name: "root" },
      });
      child.kill("SIGINT");
      await once(child, "exit");
      expect(said.join("")).toMatch(/no event was lost/);
      return;
    }
    throw new Error(said.join(""));
  });
});

function isAlertOf(line: string, rule: string, trace: Trace): boolean {
  const alert = JSON.parse(line) as Record<string, unknown>;
  return alert["kibana.alert.rule.name"] === rule && isOf(alert, trace);
}
