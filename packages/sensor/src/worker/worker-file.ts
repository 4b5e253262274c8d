import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { Worker, type WorkerOptions } from "node:worker_threads";
import type { SensorWork } from "./sensor-work.ts";

/**
 * Starts the worker. In a bundle its file lies beside the one that this code has become part of, as `sensor-worker.js`. The sources are TypeScript,
 * which a worker does not load by itself.
 */
export function startWorker(work: SensorWork): Worker {
  const options: WorkerOptions = { workerData: work, name: "tallyman-sensor" };
  if (!import.meta.url.endsWith(".ts"))
    return new Worker(new URL("./sensor-worker.js", import.meta.url), options);
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx/package.json"));
  const loader = JSON.stringify(new URL("dist/esm/api/index.mjs", tsx));
  const file = JSON.stringify(new URL("./sensor-worker.ts", import.meta.url));
  const load = `import(${loader}).then(({ tsImport }) => tsImport(${file}, ${file}))`;
  return new Worker(load, { ...options, eval: true });
}
