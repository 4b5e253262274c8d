import { appendFileSync, statSync } from "node:fs";
import type { SpooledAlert } from "../spool/spooled-alert.ts";

/** Beyond this many bytes refused alerts are only counted. */
const bytesMax = 16 * 2 ** 20;

/** The file of alerts that a receiver refused for what they are: lines of JSON with the reason and the alert, for people to look at. */
export class SetAside {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Never fails: a refused alert that cannot be kept is counted by the worker all the same. */
  add(alert: SpooledAlert, reason: string): void {
    try {
      const size = statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
      if (size + alert.json.length > bytesMax) return;
      const line = `{"reason":${JSON.stringify(reason)},"alert":${alert.json}}\n`;
      appendFileSync(this.#path, line, { mode: 0o600 });
    } catch {
      // The disk is full, or the folder is gone.
    }
  }
}
