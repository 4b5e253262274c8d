import type { FieldType } from "@tallyman/ecs";
import type { PortableRule } from "./portable-rule.ts";

/** What a worker is started with. */
export interface JudgeWork {
  readonly rules: readonly PortableRule[];
  /** What lies over the field catalogue. */
  readonly fieldTypes: Readonly<Record<string, FieldType>>;
  /** As the engine's. */
  readonly indexName: string | undefined;
}

/** What a worker is sent: once what the engine wants to be told, then batches. */
export type JudgeMessage =
  | { readonly kind: "begin"; readonly sharedFields: readonly string[] }
  | ({ readonly kind: "batch" } & EventBatch);

/** Events as raw bytes: objects would cost more to send than to read. */
export interface EventBatch {
  readonly bytes: ArrayBuffer;
  /** Where each event begins in them and where it ends; both are 0 for one that is not to be judged. */
  readonly places: Int32Array<ArrayBuffer>;
  /** The index that each was stored in, if any source says so. */
  readonly storedIn: readonly (string | undefined)[] | undefined;
}

/** What a worker sends: once how it has understood the rules, then an answer to each batch, in their order. */
export type JudgeAnswer =
  | { readonly kind: "begun"; readonly digests: readonly string[] }
  | ({ readonly kind: "judged" } & JudgedBatch);

export interface JudgedBatch {
  /** What a `VerdictWriter` wrote. */
  readonly verdicts: Int32Array<ArrayBuffer>;
  /** Of rules for which some events had too much to look at in full: which of those that run, and for how many combinations. */
  readonly exceeded: readonly (readonly [rule: number, combinations: number])[];
  /** The batch's own, to be used again. */
  readonly bytes: ArrayBuffer;
}
