import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { announced } from "../../../packages/sensor/src/testing/requirements.ts";
import { ContainerPlace, isInstalled, makePrivileged, whyNoContainers } from "./testing/containers.ts";
import { type LiveProgram, startLive, whyNoSensor } from "./testing/live-program.ts";
import { run } from "./testing/run-program.ts";

// The sensor's events in containers under the names that Elastic's Defend for Containers gives its own, as rules ask for them: live, and of a recording.

const processes = "logs-cloud_defend.process*";
const files = "logs-cloud_defend.file*";
const probe = 'process where event.action == "exec" and process.name == "probe"';
/** Others may run this test at the same time, and a sensor sees all of the host. */
const tagOf = (name: string) => `tag-${process.pid}-${name}`;
const file = 'file where event.action == "creation" and file.path like "/tmp/tag-*"';

interface Asked {
  readonly index: readonly string[];
  readonly query: string;
}

/** By name: where a rule looks, and for what. */
const rules: Readonly<Record<string, Asked>> = {
  "a program": { index: [processes], query: `${probe} and container.id like "?*"` },
  "its end": { index: [processes], query: 'process where event.action == "end" and process.name == "probe"' },
  "in both streams": { index: [processes, "logs-endpoint.events.process*"], query: probe },
  "in all but the endpoint's": { index: ["logs-*", "-logs-endpoint.*"], query: probe },
  "in the endpoint's": { index: ["logs-endpoint.events.process*"], query: probe },
  "a file": { index: [files], query: file },
  "a file, among processes": { index: [processes], query: file },
  "a file that was there": {
    index: [files],
    query: 'file where event.type == "change" and event.action == "open" and file.path like "/tmp/tag-*"',
  },
  "a file, and then it runs": {
    index: [processes, files],
    query: `sequence by container.id, user.id with maxspan=5s
      [${file}] by file.path
      [process where event.action == "exec"] by process.executable`,
  },
  "in a privileged one": {
    index: [processes],
    query: `${probe} and container.security_context.privileged == true`,
  },
};

/** Which of them each thing that is done has to raise, and nothing else: each once, in the order of their names. */
const everyContainers = [
  ...["a file", "a file that was there", "a file, and then it runs", "a program"],
  ...["in all but the endpoint's", "in both streams", "in the endpoint's", "its end"],
];
const expected = {
  container: everyContainers,
  privileged: [...everyContainers, "in a privileged one"].sort(),
  host: ["in both streams", "in the endpoint's"],
};

const reason = whyNoSensor() ?? announced("rules over the streams of containers", whyNoContainers());

describe.skipIf(reason !== undefined)("rules over the streams of containers", { timeout: 60_000 }, () => {
  let place: ContainerPlace;
  let live: LiveProgram;
  let recorder: LiveProgram;
  let folder: string;
  const stateIn = (name: string) => ["--no-config", "--state", join(folder, name)];

  beforeAll(async () => {
    place = new ContainerPlace(mkdtempSync(join(tmpdir(), "tallyman-container-streams-")));
    folder = dirname(place.rootfs);
    place.addName("probe");
    place.addProgram("/bin/cp");
    const written = Object.entries(rules).map(([name, asked]) => ruleOf(name, asked));
    writeFileSync(join(folder, "rules.json"), JSON.stringify(written));
    [live, recorder] = await Promise.all([
      startLive(["watch", "--rules", join(folder, "rules.json"), ...stateIn("watch")]),
      startLive(["sensor", "--output", join(folder, "events.ndjson"), ...stateIn("sensor")]),
    ]);
  }, 60_000);

  afterAll(async () => {
    const ends = [await live.stop(), await recorder.stop()];
    place.close();
    for (const { status } of ends) expect(status).toBe(0);
  });

  /** Waits until the last of what is done is reported, and gives the rules that have alerted on it. */
  async function rulesOn(tag: string): Promise<readonly string[]> {
    await live.line((line) => nameOf(line) === "its end" && line.includes(tag));
    return rulesIn(live.lines, tag);
  }

  test("find what happens in a container, and nothing that happens on the host", async () => {
    const onHost = join(folder, "probe");
    copyFileSync("/bin/true", onHost);
    execFileSync("bash", ["-c", script(tagOf("host"), onHost)]);
    const plain = place.run("plain", { args: ["/bin/bash", "-c", script(tagOf("plain"))] });
    const privileged = place.run("privileged", {
      args: ["/bin/bash", "-c", script(tagOf("privileged"))],
      edit: makePrivileged,
    });
    expect(await rulesOn(tagOf("plain"))).toEqual(expected.container);
    expect(await rulesOn(tagOf("privileged"))).toEqual(expected.privileged);
    expect(rulesIn(live.lines, tagOf("host"))).toEqual(expected.host);
    const alerts = live.lines.filter((line) => line.includes(tagOf(""))).map((line) => JSON.parse(line));
    const made = alerts.filter((alert) => alert["kibana.alert.rule.name"] === "a file");
    expect(made.map(({ container }) => container?.id)).toEqual([plain, privileged]);
    // Each event is of its own stream, under whichever name a rule found it.
    const sources = alerts
      .flatMap((alert) => alert["kibana.alert.ancestors"])
      .filter(({ type }) => type === "event");
    const streams = ["cloud_defend.file", "endpoint.events.file", "endpoint.events.process"];
    expect([...new Set(sources.map(({ index }) => index))].sort()).toEqual(
      streams.map((stream) => `logs-${stream}-default`),
    );
  });

  test("find the same in podman's containers", async ({ skip }) => {
    if (!isInstalled("podman")) skip("there is no podman (package podman)");
    const how = "--runtime runc --cgroup-manager cgroupfs run --rm --network none";
    const limits = "--ulimit nofile=1024:1024 --ulimit nproc=1024:1024";
    const podman = (more: string, tag: string) => {
      const args = `${how} ${limits} ${more} --rootfs ${place.rootfs} /bin/bash -c`.split(" ");
      execFileSync("podman", [...args.filter((arg) => arg !== ""), script(tag)], { stdio: "pipe" });
    };
    try {
      podman("", tagOf("podman"));
      podman("--privileged", tagOf("own-word"));
    } catch (error) {
      skip(`podman does not run here: ${(error as Error).message.slice(0, 300)}`);
      return;
    }
    expect(await rulesOn(tagOf("podman"))).toEqual(expected.container);
    expect(await rulesOn(tagOf("own-word"))).toEqual(expected.privileged);
  });

  test("find the same in a recording of the sensor, and by no other name in one of another agent", async () => {
    await recorder.stop();
    const recorded = readFileSync(join(folder, "events.ndjson"), "utf8");
    const scan = async (input: string) => {
      const args = ["scan", "--no-config", "--format", "ndjson", "--rules", join(folder, "rules.json"), "-"];
      return (await run(args, { input })).stdout.trimEnd().split("\n");
    };
    const tags = ["host", "plain", "privileged", "podman", "own-word"].map(tagOf);
    const raised = tags.map((tag) => rulesIn(live.lines, tag));
    const found = await scan(recorded);
    expect(tags.map((tag) => rulesIn(found, tag))).toEqual(raised);
    // That a file is opened is in no other stream.
    const byOwnNames = new Set([...expected.host, "a file that was there"]);
    const foreign = await scan(recorded.replaceAll('"original":"tallyman"', '"original":"version: 8.10.0"'));
    expect(tags.map((tag) => rulesIn(foreign, tag))).toEqual(
      raised.map((names) => names.filter((name) => byOwnNames.has(name))),
    );
  });
});

function ruleOf(name: string, { index, query }: Asked): object {
  const shown = { risk_score: 47, severity: "medium", description: "A test." };
  return { rule_id: name, name, type: "eql", language: "eql", index, query, ...shown };
}

/** A file is made, run and emptied, and then the probe is run; what it leaves holds the tag. It lasts until the runtime's files have been read. */
function script(tag: string, probe = "/bin/probe"): string {
  const made = `/tmp/${tag}-made`;
  return `rm -f ${made}; cp ${probe} ${made}; ${made}; : >${made}; rm ${made}; ${probe} ${tag}; sleep 2`;
}

function nameOf(line: string): unknown {
  return JSON.parse(line)["kibana.alert.rule.name"];
}

/** The names of the rules of all alerts about a tag, sorted. What a sequence found is told by its last event. */
function rulesIn(lines: readonly string[], tag: string): readonly string[] {
  return lines
    .filter((line) => line.includes(tag))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((alert) => [undefined, 1].includes(alert["kibana.alert.group.index"] as number | undefined))
    .filter((alert) => !isSequence(alert))
    .map((alert) => String(alert["kibana.alert.rule.name"]))
    .sort();
}

/** The alert that stands over the events of a sequence, which holds only what these have in common. */
function isSequence(alert: Record<string, unknown>): boolean {
  return alert["kibana.alert.group.id"] !== undefined && alert["kibana.alert.group.index"] === undefined;
}
