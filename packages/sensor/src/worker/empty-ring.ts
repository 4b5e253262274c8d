import type { MessagePort } from "node:worker_threads";
import { RingReader } from "../bpf/ring.ts";
import type { RingBatch, RingWork } from "./sensor-work.ts";

const batchBytes = 1 << 20;

/**
 * Empties the ring at intervals, until a message comes. Waking up for every event would cost six times as much. When the other side does not
 * keep up, events stay in the ring; when that is full too, the programs count what they drop: there is one place where events are lost, and it
 * counts them.
 */
export function emptyRing(work: RingWork, port: MessagePort): void {
  const ring = new RingReader(work.memory);
  const waiting = new Int32Array(work.waiting);
  let lost = 0;

  const send = (taken: RingBatch["taken"]) => {
    lost = ring.lost();
    const batch: RingBatch = { taken, lost };
    port.postMessage(batch, taken === undefined ? [] : [taken.buffer]);
  };
  const empty = (waitingBytesMax: number) => {
    while (Atomics.load(waiting, 0) < waitingBytesMax) {
      const taken = ring.take(batchBytes);
      if (taken === undefined) break;
      Atomics.add(waiting, 0, taken.byteLength);
      send(taken);
    }
    if (ring.lost() !== lost) send(undefined);
  };

  const timer = setInterval(empty, work.intervalMs, work.waitingBytesMax);
  port.once("message", () => {
    clearInterval(timer);
    empty(Number.POSITIVE_INFINITY);
    port.close();
  });
}
