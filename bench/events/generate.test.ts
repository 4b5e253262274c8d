import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { eventTypes, generateEvents } from "./generate.ts";

const count = 2000;

/** Changes with every byte of the events; results of benchmarks are only comparable while these stay. */
const digests = {
  mixed: "2e357774e94bdbc3",
  "linux-process": "75c83fa30595007b",
  "linux-network": "699dd4045d29929c",
  "linux-file": "0facd0a4a3b1455b",
  "windows-process": "2508ccc47e13ffd0",
  "windows-registry": "f4b39a863d2bcd01",
  cloudtrail: "e467d5af93c51903",
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
