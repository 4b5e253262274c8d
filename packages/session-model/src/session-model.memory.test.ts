import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { SessionModel } from "./session-model.ts";
import { testAgent, testHost, testPorts } from "./testing/host-story.ts";
import { randomEvents } from "./testing/random-events.ts";

const count = 240_000;
const limits = { processesMax: 3000, textBytesMax: 4_000_000 };

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

// The benchmark does the same with a million.
test("events leave no more behind than a quarter of them", () => {
  const model = new SessionModel(testHost, testAgent, testPorts(), limits);
  let handled = 0;
  let documents = 0;
  let quarter = 0;
  for (const event of randomEvents(count)) {
    documents += model.handle(event).length;
    handled += 1;
    if (handled === count / 4) quarter = usedMegabytes();
  }
  const { processes, textBytes, evictedExited, evictedLiving, evictedContainers } = model.report();
  expect(processes).toBeLessThanOrEqual(limits.processesMax);
  expect(textBytes).toBeLessThanOrEqual(limits.textBytesMax);
  for (const evicted of [evictedExited, evictedLiving, evictedContainers])
    expect(evicted).toBeGreaterThan(1000);
  expect(documents).toBeGreaterThan(count / 2);
  expect(usedMegabytes() - quarter).toBeLessThan(6);
}, 120_000);

function usedMegabytes(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed / 2 ** 20;
}
