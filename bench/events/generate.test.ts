import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { eventTypes, generateEvents } from "./generate.ts";

const count = 2000;

/** Changes with every byte of the events; results of benchmarks are only comparable while these stay. */
const digests = {
  mixed: "2a422348a1617cb5",
  "linux-process": "947826f1f0e2b27c",
  "linux-network": "2f83a3afae29a5af",
  "linux-file": "e5d4b0e3204f1ca2",
  "windows-process": "87f1be1ad07f8a0a",
  "windows-registry": "4dc4aaf6633cb44d",
  cloudtrail: "95b7ae1a4e58590d",
};

test.for(Object.entries(digests))("the same seed gives the same events: %s", ([type, digest]) => {
  const hash = createHash("sha256");
  const only = eventTypes.find((name) => name === type);
  for (const { document } of generateEvents(count, 42, only)) hash.update(`${JSON.stringify(document)}\n`);
  expect(hash.digest("hex").slice(0, 16)).toBe(digest);
});

test("another seed gives other events", () => {
  const [first] = generateEvents(1, 1);
  const [second] = generateEvents(1, 2);
  expect(first?.document).not.toEqual(second?.document);
});

test("the mix is the one that is promised, and events stand in the order of their time", () => {
  const counts = new Map<string, number>();
  let last = "";
  for (const { document, type } of generateEvents(count, 42)) {
    counts.set(type, (counts.get(type) ?? 0) + 1);
    const time = document["@timestamp"] as string;
    expect(time >= last).toBe(true);
    last = time;
  }
  const shares = [45, 15, 12, 14, 4, 10];
  for (const [i, type] of eventTypes.entries()) {
    const share = ((counts.get(type) ?? 0) * 100) / count;
    expect(Math.abs(share - (shares[i] as number)), type).toBeLessThan(3);
  }
});
