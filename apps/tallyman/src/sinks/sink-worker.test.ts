import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Spool } from "../spool/spool.ts";
import { alertOf } from "../testing/alert-of.ts";
import { Backoff } from "./backoff.ts";
import type { Delivery, Destination } from "./destination.ts";
import { SetAside } from "./set-aside.ts";
import { type SinkSettings, SinkWorker } from "./sink-worker.ts";

const folder = mkdtempSync(join(tmpdir(), "tallyman-worker-"));
afterAll(() => rmSync(folder, { recursive: true }));

const settings: SinkSettings = {
  name: "siem",
  minSeverity: "low",
  buildingBlocks: false,
  batchCount: 2,
  batchBytes: 1e6,
  backoff: { firstMs: 1, maxMs: 5 },
};

/** A destination that takes what it is told to, and keeps what it took. */
function destinationOf(answer: (ids: readonly string[]) => Delivery | "hang") {
  const attempts: (readonly string[])[] = [];
  const destination: Destination = {
    async deliver(alerts, signal) {
      const ids = alerts.map(({ id }) => id);
      attempts.push(ids);
      const result = answer(ids);
      if (result !== "hang") return result;
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      return { kind: "later", reason: "ended" };
    },
    close: async () => {},
  };
  return { attempts, destination };
}

let made = 0;
function start(
  { destination }: { readonly destination: Destination },
  more: Partial<SinkSettings> = {},
  place?: string,
) {
  made += 1;
  const at = place ?? join(folder, String(made));
  const spool = new Spool(at, { bytesMax: 1e7 });
  const consumer = spool.consumer("siem");
  const notices: string[] = [];
  const setAsidePath = join(at, "siem.refused.ndjson");
  const worker = new SinkWorker(
    { ...settings, ...more },
    destination,
    { spool, consumer },
    new SetAside(setAsidePath),
    (text) => notices.push(text),
  );
  worker.start();
  const fill = (...ids: string[]) => {
    for (const id of ids) spool.append(alertOf(id));
    spool.flush();
  };
  const end = async () => {
    await worker.stop();
    spool.close();
  };
  return { at, spool, worker, notices, fill, end, setAsidePath };
}

const done: Delivery = { kind: "done", refused: [] };

test("what is in the spool is delivered in batches, and soon when more comes", async () => {
  const taken = destinationOf(() => done);
  const { end, fill, worker } = start(taken);
  fill("a", "b", "c");
  await expect.poll(() => worker.isDone).toBe(true);
  fill("d");
  await expect.poll(() => worker.isDone).toBe(true);
  expect(taken.attempts).toEqual([["a", "b"], ["c"], ["d"]]);
  expect(worker.report()).toEqual({
    name: "siem",
    delivered: 4,
    waiting: 0,
    dropped: 0,
    refused: 0,
    failures: 0,
    problem: undefined,
  });
  await end();
});

test("a sink that is down is tried until it takes the alerts; one notice says so, one that it is over", async () => {
  let isUp = false;
  const taken = destinationOf(() => (isUp ? done : { kind: "later", reason: "it burns" }));
  const { end, fill, notices, worker } = start(taken);
  fill("a", "b", "c");
  await expect.poll(() => worker.report().failures).toBeGreaterThan(2);
  expect(worker.report()).toMatchObject({ problem: "it burns", waiting: 3 });
  isUp = true;
  await expect.poll(() => worker.isDone).toBe(true);
  expect(taken.attempts.slice(-3)).toEqual([["a", "b"], ["a", "b"], ["c"]]);
  expect(notices).toEqual([
    "sink 'siem' is down: it burns; its alerts are kept and sent later",
    "sink 'siem' takes alerts again",
  ]);
  await end();
});

test("of a delivery that half succeeds, the rest is repeated; what is refused is kept and counted", async () => {
  let refusedAlert: Parameters<Destination["deliver"]>[0][number] | undefined;
  const destination: Destination = {
    async deliver(alerts) {
      const [first, second] = alerts;
      if (alerts.length === 2 && first && second) {
        refusedAlert = first;
        return {
          kind: "later",
          reason: "half",
          left: [second],
          refused: [{ alert: first, reason: "not to my taste" }],
        };
      }
      return done;
    },
    close: async () => {},
  };
  const { end, fill, setAsidePath, worker } = start({ destination });
  fill("a", "b");
  await expect.poll(() => worker.isDone).toBe(true);
  expect(worker.report()).toMatchObject({ delivered: 1, refused: 1, failures: 1, waiting: 0 });
  expect(JSON.parse(readFileSync(setAsidePath, "utf8"))).toEqual({
    reason: "not to my taste",
    alert: JSON.parse(refusedAlert?.json ?? ""),
  });
  await end();
});

test("what a stopped run has not delivered, the next one delivers; a delivery that was begun is repeated with the same alerts", async () => {
  const hanging = destinationOf((ids) => (ids.includes("c") ? "hang" : done));
  const first = start(hanging);
  first.fill("a", "b", "c");
  await expect.poll(() => hanging.attempts.length).toBe(2);
  first.fill("d", "e");
  await first.end();
  expect(first.worker.report()).toMatchObject({ delivered: 2, waiting: 3 });
  const taken = destinationOf(() => done);
  const second = start(taken, {}, first.at);
  await expect.poll(() => second.worker.isDone).toBe(true);
  // `c` went alone the first time, so that its receiver can tell that it has it.
  expect(taken.attempts).toEqual([["c"], ["d", "e"]]);
  await second.end();
});

test("alerts that are not for the sink are passed over", async () => {
  const taken = destinationOf(() => done);
  const { end, setAsidePath, spool, worker } = start(taken, { minSeverity: "high", batchCount: 10 });
  spool.append(alertOf("low", { severity: "low" }));
  spool.append(alertOf("high", { severity: "high" }));
  spool.append(alertOf("part", { severity: "critical" }, { "kibana.alert.building_block_type": "default" }));
  spool.flush();
  await expect.poll(() => worker.isDone).toBe(true);
  expect(taken.attempts).toEqual([["high"]]);
  expect(worker.report()).toMatchObject({ delivered: 1, waiting: 0 });
  expect(existsSync(setAsidePath)).toBe(false);
  await end();
});

test("waits double up to a limit, lie about their mean, and are as long as the receiver asks", () => {
  const low = new Backoff({ firstMs: 100, maxMs: 1000 }, () => 0);
  const high = new Backoff({ firstMs: 100, maxMs: 1000 }, () => 0.999);
  const waits = (backoff: Backoff) => Array.from({ length: 6 }, () => backoff.next());
  expect(waits(low)).toEqual([50, 100, 200, 400, 500, 500]);
  expect(waits(high)).toEqual([150, 300, 600, 1000, 1000, 1000]);
  expect([low.next(7000), low.next(1e9)]).toEqual([7000, 300_000]);
  low.reset();
  expect(low.next()).toBe(50);
});
