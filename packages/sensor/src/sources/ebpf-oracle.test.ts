import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, it } from "vitest";
import { Observation } from "../testing/observation.ts";
import { announced, whyNoBpf } from "../testing/requirements.ts";
import { EbpfSource } from "./ebpf.ts";

const hasBpftrace = spawnSync("bpftrace", ["--version"]).error === undefined;
const reason = announced(
  "eBPF against bpftrace",
  whyNoBpf() ?? (hasBpftrace ? undefined : "there is no bpftrace"),
);

const script = `
BEGIN { printf("ready\\n"); }
tracepoint:syscalls:sys_enter_execve
/str(args->argv[1]) == "tag-oracle"/
{ printf("%d %s %s %s %s\\n", pid, str(args->filename), str(args->argv[0]), str(args->argv[1]), str(args->argv[2])); }`;

it.skipIf(reason !== undefined)("reports the same execs as bpftrace does", async ({ skip }) => {
  // It looks for tracepoints in debugfs, which need not be mounted: this is, for it alone.
  const command = 'mount -t debugfs debugfs /sys/kernel/debug && exec bpftrace -e "$0"';
  const oracle = spawn("unshare", ["--mount", "sh", "-c", command, script], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const seen: string[] = [];
  const lines = createInterface({ input: oracle.stdout });
  const isReady = await new Promise<boolean>((resolve) => {
    lines.on("line", (line) => {
      if (line === "ready") resolve(true);
      else if (line.includes("tag-oracle")) seen.push(line);
    });
    lines.once("close", () => resolve(false));
  });
  if (!isReady) skip("bpftrace does not run here");
  const observation = new Observation(await new EbpfSource().start());
  const times = 200;
  spawnSync("/bin/sh", [
    "-c",
    `i=0; while [ $i -lt ${times} ]; do /bin/true tag-oracle $i; i=$((i + 1)); done`,
  ]);
  oracle.kill("SIGINT");
  await once(lines, "close");
  await observation.stop();
  const reported = observation
    .all("exec", ({ args }) => args?.[1] === "tag-oracle")
    .map(({ pid, filename, args }) => `${pid} ${filename} ${args?.join(" ")}`);
  expect(reported).toHaveLength(times);
  expect(seen.sort()).toEqual(reported.sort());
});
