import { spawn } from "node:child_process";
import { once } from "node:events";
import type { JsonObject } from "@tallyman/ecs";
import type { KernelEvent } from "@tallyman/session-model";
import { describe, expect, it } from "vitest";
import { libc } from "./native/libc.ts";
import { Sensor } from "./sensor.ts";
import { BatchQueue } from "./sources/batch-queue.ts";
import { EbpfSource } from "./sources/ebpf.ts";
import { type RunningSource, SourceFailed } from "./sources/source.ts";
import { startSource } from "./start-source.ts";
import { announced, whyNoBpf, whyNoLibc } from "./testing/requirements.ts";

const agent = { id: "agent-1", version: "0.1.0", runId: "run" };

/** A source that reports what it is told to. */
class ScriptedSource implements RunningSource {
  readonly queue = new BatchQueue<readonly KernelEvent[]>();
  lost = 0;

  events(): AsyncIterable<readonly KernelEvent[]> {
    return this.queue;
  }

  buffers(): readonly [] {
    return [];
  }

  lose(count: number): void {
    this.lost += count;
    this.queue.push([{ kind: "lost", atNs: libc().bootClockNs(), count }]);
  }

  async stop(): Promise<void> {
    this.queue.end();
  }
}

const action = (document: JsonObject) => (document["event"] as JsonObject)["action"];
const pidOf = (document: JsonObject) => (document["process"] as JsonObject)["pid"];

const noLibc = announced("the sensor on a source that is told what to report", whyNoLibc());

describe.skipIf(noLibc !== undefined)("a sensor", () => {
  it("tells of the processes that are there, then of events, numbered through", async () => {
    const source = new ScriptedSource();
    const sensor = new Sensor(source, { agent });
    const atNs = libc().bootClockNs();
    source.queue.push([{ kind: "setsid", pid: process.pid, atNs }]);
    await sensor.stop();
    const documents = (await all(sensor.documents())).flat();
    expect(new Set(documents.slice(0, -1).map(action))).toEqual(new Set(["already_running"]));
    expect(documents.map(pidOf)).toContain(process.pid);
    expect(action(documents.at(-1) as JsonObject)).toBe("session_id_change");
    const numbers = documents.map((document) => (document["event"] as JsonObject)["sequence"]);
    expect(numbers).toEqual(documents.map((_, i) => i));
    expect(sensor.report()).toMatchObject({ lost: 0, snapshots: 1 });
  });

  it("looks again after events were lost, on a quiet host too, and tells of whom it had missed", async () => {
    const source = new ScriptedSource();
    const sensor = new Sensor(source, { agent });
    const documents = sensor.documents();
    await documents.next();
    const missed = spawn("sleep", ["60"], { stdio: "ignore" });
    await once(missed, "spawn");
    source.lose(3);
    source.lose(4);
    const { value } = await documents.next();
    missed.kill();
    const told = (value as readonly JsonObject[]).find((document) => pidOf(document) === missed.pid);
    expect(told && action(told)).toBe("already_running");
    expect(sensor.report()).toMatchObject({ lost: 7, lostEvents: 7, snapshots: 2 });
    await sensor.stop();
    expect(await documents.next()).toEqual({ done: true, value: undefined });
  });

  it("ends as its source does when that breaks", async () => {
    const source = new ScriptedSource();
    const documents = new Sensor(source, { agent }).documents();
    await documents.next();
    source.queue.end(new SourceFailed("it broke"));
    await expect(documents.next()).rejects.toThrow(SourceFailed);
  });
});

const noBpf = announced("the sensor on eBPF", whyNoBpf());

describe.skipIf(noBpf !== undefined)("a sensor on eBPF", () => {
  it("tells of a program from its fork to its end, with this process as its parent", async () => {
    const { running } = await startSource([new EbpfSource()]);
    const sensor = new Sensor(running, { agent });
    const documents = sensor.documents();
    await documents.next();
    const program = spawn("/bin/true", ["tag-sensor"], { stdio: "ignore" });
    await once(program, "exit");
    const seen: JsonObject[] = [];
    for await (const batch of documents) {
      seen.push(...batch.filter((document) => pidOf(document) === program.pid));
      if (seen.some((document) => action(document) === "end")) break;
    }
    await sensor.stop();
    expect(seen.map(action).filter((name) => name !== "creation")).toEqual(["fork", "exec", "end"]);
    const exec = seen.find((document) => action(document) === "exec") as JsonObject;
    expect(exec).toMatchObject({
      agent: { id: "agent-1", type: "endpoint" },
      data_stream: { dataset: "endpoint.events.process" },
      host: { id: sensor.host.id, os: { type: "linux" } },
      process: { name: "true", args: ["/bin/true", "tag-sensor"], parent: { pid: process.pid } },
    });
    expect(sensor.report()).toMatchObject({ lost: 0, lostEvents: 0 });
  });
});

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const each of source) found.push(each);
  return found;
}
