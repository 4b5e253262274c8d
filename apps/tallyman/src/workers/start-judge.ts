import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { Worker, type WorkerOptions } from "node:worker_threads";
import type { JudgeWork } from "./judge-work.ts";

/**
 * Starts a thread that judges. In a bundle its file lies beside the one that this code has become part of, as `judge-worker.js`. The sources are
 * TypeScript, which a thread does not load by itself.
 */
export function startJudge(work: JudgeWork): Worker {
  const options: WorkerOptions = { workerData: work, name: "tallyman-judge" };
  if (!import.meta.url.endsWith(".ts"))
    return new Worker(new URL("./judge-worker.js", import.meta.url), options);
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx/package.json"));
  const loader = JSON.stringify(new URL("dist/esm/api/index.mjs", tsx));
  const file = JSON.stringify(new URL("./judge-worker.ts", import.meta.url));
  const load = `import(${loader}).then(({ tsImport }) => tsImport(${file}, ${file}))`;
  return new Worker(load, { ...options, eval: true });
}
