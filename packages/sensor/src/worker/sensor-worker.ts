import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { keepRightsFor } from "../privileges.ts";
import { emptyRing } from "./empty-ring.ts";
import { readNetlink } from "./read-netlink.ts";
import type { SensorWork } from "./sensor-work.ts";

// Where the sensor's worker thread begins. The build makes a file of its own of it.
if (parentPort !== null) begin(workerData as SensorWork, parentPort);

function begin(work: SensorWork, port: MessagePort): void {
  keepRightsFor(work.kind === "ring" ? "nothing" : "proc");
  if (work.kind === "ring") emptyRing(work, port);
  else readNetlink(work, port);
}
