import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { expect, it, onTestFinished } from "vitest";
import { Observation } from "../testing/observation.ts";
import { announced, whyNoBpf } from "../testing/requirements.ts";
import { EbpfSource } from "./ebpf.ts";

const hasBpftrace = spawnSync("bpftrace", ["--version"]).error === undefined;
const reason = announced(
  "eBPF against bpftrace",
  whyNoBpf() ?? (hasBpftrace ? undefined : "there is no bpftrace"),
);

// Another run of this may go on at the same time.
const tag = `tag-oracle-${process.pid}`;
const script = `
BEGIN { printf("ready\\n"); }
tracepoint:syscalls:sys_enter_execve
/str(args->argv[1]) == "${tag}"/
{ printf("%d %s %s %s %s\\n", pid, str(args->filename), str(args->argv[0]), str(args->argv[1]), str(args->argv[2])); }`;

it.skipIf(reason !== undefined)("reports the same execs as bpftrace does", async ({ skip }) => {
  // It looks for tracepoints in debugfs, which need not be mounted: this is, for it alone.
  const command = 'mount -t debugfs debugfs /sys/kernel/debug && exec bpftrace -e "$0"';
  const oracle = spawn("unshare", ["--mount", "sh", "-c", command, script], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const seen: string[] = [];
  const lines = createInterface({ input: oracle.stdout });
  onTestFinished(() => void oracle.kill("SIGKILL"));
  const isReady = await new Promise<boolean>((resolve) => {
    lines.on("line", (line) => {
      if (line === "ready") resolve(true);
      else if (line.includes(tag)) seen.push(line);
    });
    lines.once("close", () => resolve(false));
  });
  if (!isReady) skip("bpftrace does not run here");
  const observation = new Observation(await new EbpfSource().start());
  onTestFinished(() => observation.stop());
  const times = 200;
  spawnSync("/bin/sh", ["-c", `i=0; while [ $i -lt ${times} ]; do /bin/true ${tag} $i; i=$((i + 1)); done`]);
  // A signal makes it throw away what it has not read yet.
  await expect.poll(() => seen.length, { timeout: 20_000 }).toBe(times);
  await observation.stop();
  const reported = observation
    .all("exec", ({ args }) => args?.[1] === tag)
    .map(({ pid, filename, args }) => `${pid} ${filename} ${args?.join(" ")}`);
  expect(reported).toHaveLength(times);
  expect(seen.sort()).toEqual(reported.sort());
});
