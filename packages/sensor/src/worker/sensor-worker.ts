import { parentPort, workerData } from "node:worker_threads";
import { emptyRing } from "./empty-ring.ts";
import type { SensorWork } from "./sensor-work.ts";

// Where the sensor's worker thread begins. The build makes a file of its own of it.
if (parentPort !== null) emptyRing(workerData as SensorWork, parentPort);
