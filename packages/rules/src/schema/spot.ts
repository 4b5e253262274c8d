import type { DiagnosticCode, Span } from "@tallyman/languages";
import type { FileDiagnostics } from "../file-diagnostics.ts";
import type { FileDocument, KeyPath } from "../formats/places.ts";

type Step = string | number;

/**
 * A value while it is read: which keys lead to it, and where its problems go. Spots form a linked list, so that a value without
 * problems costs one small object.
 */
export class Spot {
  readonly #diagnostics: FileDiagnostics;
  readonly #document: FileDocument;
  readonly #outer: Spot | undefined;
  readonly #step: Step | undefined;
  readonly #base: KeyPath;
  readonly #rootName: string;

  private constructor(
    diagnostics: FileDiagnostics,
    document: FileDocument,
    base: KeyPath,
    rootName: string,
    outer?: Spot,
    step?: Step,
  ) {
    this.#diagnostics = diagnostics;
    this.#document = document;
    this.#base = base;
    this.#rootName = rootName;
    this.#outer = outer;
    this.#step = step;
  }

  /** What stands at `base` in the document, a rule if not said otherwise; messages name keys as seen from there. */
  static root(diagnostics: FileDiagnostics, document: FileDocument, base: KeyPath, name = "the rule"): Spot {
    return new Spot(diagnostics, document, base, name);
  }

  at(step: Step): Spot {
    return new Spot(this.#diagnostics, this.#document, this.#base, this.#rootName, this, step);
  }

  /** The value as messages call it: `the rule`, or its keys in quotes. */
  get name(): string {
    return this.#outer === undefined ? this.#rootName : quoted(this.#steps().reduce(appendStep, ""));
  }

  /** Where the value stands. */
  get span(): Span {
    return this.#place().value;
  }

  /** The last key, as it is written. */
  get key(): string {
    return String(this.#step ?? "");
  }

  /** Reports a problem with the value. */
  report(code: DiagnosticCode, message: string, hint?: () => string | undefined): void {
    this.#diagnostics.add(code, message, () => this.#place().value, hint);
  }

  /** Reports a problem with the value's key. */
  reportKey(code: DiagnosticCode, message: string, hint?: () => string | undefined): void {
    this.#diagnostics.add(code, message, () => this.#place().key ?? this.#place().value, hint);
  }

  #place(): { readonly key: Span | undefined; readonly value: Span } {
    return this.#document.places.nearest([...this.#base, ...this.#steps()]);
  }

  #steps(): Step[] {
    const steps: Step[] = [];
    for (let spot: Spot = this; spot.#outer !== undefined; spot = spot.#outer) steps.push(spot.#step as Step);
    return steps.reverse();
  }
}

/** Longer texts are cut in messages. */
const quoteLengthMax = 60;

/** A text of the author's in quotes, cut when it is long. */
export function quoted(text: string): string {
  return text.length <= quoteLengthMax ? `'${text}'` : `'${text.slice(0, quoteLengthMax)}…'`;
}

function appendStep(name: string, step: Step): string {
  if (typeof step === "number") return `${name}[${step}]`;
  return name === "" ? step : `${name}.${step}`;
}
