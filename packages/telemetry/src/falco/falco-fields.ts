import type { JsonObject } from "@tallyman/ecs";
import { textIn, wholeNumberIn } from "../text/json-fields.ts";
import { isMoment } from "../text/moment.ts";

/** The `output_fields` of a Falco event: flat, with dots in the names. What Falco does not know is null, `<NA>` or left out. */
export class FalcoFields {
  readonly #fields: JsonObject;

  constructor(fields: JsonObject) {
    this.#fields = fields;
  }

  text(name: string): string | undefined {
    const text = textIn(this.#fields, name);
    return text === "<NA>" || text === "<N/A>" ? undefined : text;
  }

  number(name: string): number | undefined {
    return wholeNumberIn(this.#fields, name);
  }

  /** An id of a process; Falco writes -1 where there is none. */
  id(name: string): number | undefined {
    const id = this.number(name);
    return id !== undefined && id > 0 ? id : undefined;
  }

  boolean(name: string): boolean | undefined {
    const value = this.#fields[name];
    return value === true || value === "true"
      ? true
      : value === false || value === "false"
        ? false
        : undefined;
  }

  /** Nanoseconds since 1970, of which a double keeps all but the last three digits. */
  nanoseconds(name: string): bigint | undefined {
    const value = this.#fields[name];
    const isWritten = typeof value === "string" && /^\d{1,19}$/.test(value);
    if (!isWritten && !(typeof value === "number" && Number.isFinite(value))) return undefined;
    const nanoseconds = BigInt(typeof value === "number" ? Math.floor(value) : (value as string));
    return nanoseconds > 0n && isMoment(nanoseconds) ? nanoseconds : undefined;
  }
}
