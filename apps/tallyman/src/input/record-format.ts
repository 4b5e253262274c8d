import { isJsonObject, type Json } from "@tallyman/ecs";
import { type ForeignFormatId, foreignFormats, formatOfLine, formatOfObject } from "@tallyman/telemetry";

/** What the records of an input are: ECS events, or those of another program. */
export type RecordFormat = "ecs" | ForeignFormatId;

export const recordFormats: readonly RecordFormat[] = [
  "ecs",
  ...(Object.keys(foreignFormats) as ForeignFormatId[]),
];

const openBrace = 0x7b;
/** No line that shows a format by how it begins is as long as this. */
const lineBytesMax = 64 * 1024;

/** Tells the format of an input by its first record that shows one. What is neither shown nor named is ECS. */
export class FormatDetector {
  readonly isNamed: boolean;
  #format: RecordFormat | undefined;

  /** @param named The format that the user has named; then nothing is looked at. */
  constructor(named: RecordFormat | undefined) {
    this.#format = named;
    this.isNamed = named !== undefined;
  }

  /** The format of a record and of those behind it. */
  of(record: Buffer): RecordFormat {
    if (this.#format !== undefined) return this.#format;
    if (record[0] === openBrace) {
      const value = parse(record);
      if (isJsonObject(value)) this.#format = formatOfObject(value) ?? "ecs";
    } else if (record.length <= lineBytesMax) this.#format = formatOfLine(record.toString());
    return this.#format ?? "ecs";
  }
}

function parse(record: Buffer): Json | undefined {
  try {
    return JSON.parse(record.toString()) as Json;
  } catch {
    // The reading of the record says so, and counts it.
    return undefined;
  }
}
