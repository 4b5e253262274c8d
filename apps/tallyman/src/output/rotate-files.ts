import { renameSync, rmSync, statSync } from "node:fs";

/** Puts a file aside: `alerts.ndjson` becomes `alerts.ndjson.1`, and so on; of those that were put aside before, `keep` are kept, the newest. Fails as the system does. */
export function rotateFiles(path: string, keep: number): void {
  if (keep === 0) rmSync(path, { force: true });
  for (let number = keep; number > 0; number--) {
    const from = number === 1 ? path : `${path}.${number - 1}`;
    if (statSync(from, { throwIfNoEntry: false }) !== undefined) renameSync(from, `${path}.${number}`);
  }
}
