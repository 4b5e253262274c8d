import { type Reading, readScalar, type Scalar } from "../reading.ts";

/** The scalars that stand in one place of an event, under whatever readings were asked for. */
export class FoundValues {
  readonly #scalars: readonly Scalar[];
  readonly #withinObjects: readonly Scalar[];
  #keyword: readonly unknown[] | undefined;
  #caseless: readonly unknown[] | undefined;
  #others: Partial<Record<Reading, readonly unknown[]>> | undefined;

  /** @param withinObjects The scalars together with those in objects, where there are any. */
  constructor(scalars: readonly Scalar[], withinObjects = scalars) {
    this.#scalars = scalars;
    this.#withinObjects = withinObjects;
  }

  under(reading: Reading): readonly unknown[] {
    switch (reading) {
      case "scalar":
        return this.#scalars;
      case "keyword":
        this.#keyword ??= readAs(reading, this.#withinObjects);
        return this.#keyword;
      case "caseless":
        this.#caseless ??= readAs(reading, this.#withinObjects);
        return this.#caseless;
      default:
        this.#others ??= {};
        this.#others[reading] ??= readAs(reading, this.#scalars);
        return this.#others[reading];
    }
  }
}

export const nothingFound = new FoundValues([]);

function readAs(reading: Reading, scalars: readonly Scalar[]): readonly unknown[] {
  if (reading === "keyword" && scalars.every(isText)) return scalars;
  const read = readScalar[reading];
  const values: unknown[] = [];
  for (const scalar of scalars) {
    const value = read(scalar);
    if (value !== undefined) values.push(value);
  }
  return values;
}

function isText(scalar: Scalar): boolean {
  return typeof scalar === "string";
}
