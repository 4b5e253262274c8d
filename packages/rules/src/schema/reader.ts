import { didYouMean } from "@tallyman/languages";
import { quoted, type Spot } from "./spot.ts";

/**
 * Reads one decoded value: gives what the rule needs, or reports each thing that is wrong with it and gives undefined. Readers
 * are put together to the schema of rule files, and carry its types: what is declared is what is checked is what is typed.
 */
export interface Reader<out T> {
  /** How the sentence "'key' must be …" ends. */
  readonly expects: string;
  read(value: unknown, spot: Spot): T | undefined;
}

/** A table or object as any of the formats' parsers makes it; keys such as `__proto__` are ordinary in it. */
export type Table = Readonly<Record<string, unknown>>;

export function isTable(value: unknown): value is Table {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** Text, any. */
export const text: Reader<string> = {
  expects: "text",
  read(value, spot) {
    return typeof value === "string" ? value : wrongType(this.expects, value, spot);
  },
};

/** Text with something in it other than white space, kept as it is written. */
export const filledText: Reader<string> = {
  expects: "text",
  read(value, spot) {
    const read = text.read(value, spot);
    if (read === undefined || read.trim() !== "") return read;
    spot.report("bad-value", `${spot.name} is empty`);
    return undefined;
  },
};

export const flag: Reader<boolean> = {
  expects: "true or false",
  read(value, spot) {
    return typeof value === "boolean" ? value : wrongType(this.expects, value, spot);
  },
};

/** A whole number within bounds. */
export function wholeNumber(min: number, max?: number): Reader<number> {
  return {
    expects: max === undefined ? `a whole number, ${min} or more` : `a whole number from ${min} to ${max}`,
    read(value, spot) {
      if (typeof value !== "number" || !Number.isFinite(value)) return wrongType(this.expects, value, spot);
      if (Number.isInteger(value) && value >= min && value <= (max ?? Number.MAX_SAFE_INTEGER)) return value;
      return badValue(this.expects, value, spot);
    },
  };
}

/** One of some names. */
export function oneOf<const T extends string>(names: readonly T[]): Reader<T> {
  return {
    expects: names.length === 1 ? quoted(names[0] as string) : `one of ${names.join(", ")}`,
    read(value, spot) {
      if (typeof value !== "string") return wrongType(this.expects, value, spot);
      const name = names.find((candidate) => candidate === value);
      return name ?? badValue(this.expects, value, spot, () => didYouMean(value, names));
    },
  };
}

/** Text of a certain form, such as date math; kept as text. */
export function textLike(
  expects: string,
  code: "bad-value" | "bad-date-math",
  accepts: (text: string) => boolean,
): Reader<string> {
  return {
    expects,
    read(value, spot) {
      if (typeof value !== "string") return wrongType(expects, value, spot);
      if (accepts(value)) return value;
      spot.report(code, `${spot.name} must be ${expects}, not ${quoted(value)}`);
      return undefined;
    },
  };
}

/** A list of values of one kind. */
export function list<T>(item: Reader<T>, min = 0, max = Number.POSITIVE_INFINITY): Reader<readonly T[]> {
  return {
    expects: "a list",
    read(value, spot) {
      if (!Array.isArray(value)) return wrongType(this.expects, value, spot);
      if (value.length < min || value.length > max) {
        const bounds =
          min === max ? `${min}` : max === Number.POSITIVE_INFINITY ? `${min} or more` : `${min} to ${max}`;
        spot.report(
          "bad-value",
          `${spot.name} must have ${bounds} ${bounds === "1" ? "entry" : "entries"}, not ${value.length}`,
        );
        return undefined;
      }
      const items: T[] = [];
      for (const [index, entry] of value.entries()) {
        const read = item.read(entry, spot.at(index));
        if (read !== undefined) items.push(read);
      }
      return items.length === value.length ? items : undefined;
    },
  };
}

/** A list of texts, or one text in place of a list of one; an empty text is an empty list. */
export function textOrList(min = 0): Reader<readonly string[]> {
  const texts = list(text, min);
  return {
    expects: "text or a list of text",
    read(value, spot) {
      if (typeof value === "string") return texts.read(value === "" ? [] : [value], spot);
      return Array.isArray(value) ? texts.read(value, spot) : wrongType(this.expects, value, spot);
    },
  };
}

/** Reports that the value is of another type than the reader can use. */
export function wrongType(expects: string, value: unknown, spot: Spot): undefined {
  spot.report("wrong-type", `${spot.name} must be ${expects}, not ${typeNameOf(value)}`);
}

function badValue(
  expects: string,
  value: string | number,
  spot: Spot,
  hint?: () => string | undefined,
): undefined {
  spot.report(
    "bad-value",
    `${spot.name} must be ${expects}, not ${typeof value === "string" ? quoted(value) : value}`,
    hint,
  );
}

/** What a value is, as it ends the sentence "must be …, not …". */
export function typeNameOf(value: unknown): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return "text";
  if (typeof value === "number") {
    return Number.isNaN(value) ? "nan" : Number.isFinite(value) ? "a number" : "infinity";
  }
  if (Array.isArray(value)) return "a list";
  if (value instanceof Date) return "a date";
  return isTable(value) ? "an object" : "a value of a type of its own";
}
