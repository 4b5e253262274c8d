import type { JsonObject } from "@tallyman/ecs";
import type { SpooledAlert } from "../spool/spooled-alert.ts";

/**
 * Where a sink's alerts go: the port that every kind of sink implements. A destination knows how to deliver some alerts once; waiting, repeating,
 * counting and remembering are the worker's, the same for all.
 */
export interface Destination {
  /** Delivers alerts, in order. Never throws: what goes wrong is the result. It must end soon after the signal. */
  deliver(alerts: readonly SpooledAlert[], signal: AbortSignal): Promise<Delivery>;
  /** What must be remembered with the position in the spool, to know after a crash what was delivered beyond it; at most some hundred bytes. */
  memo?(): JsonObject;
  /** Frees what is held. Never throws. */
  close(): Promise<void>;
}

/** What came of a delivery. Reasons continue "the sink is down: ", are for people, and hold no secret. */
export type Delivery =
  /** All are delivered but those that the receiver will never take, because of what they are. */
  | { readonly kind: "done"; readonly refused: readonly RefusedAlert[] }
  /** Nothing or not all was delivered, and it may succeed later. */
  | {
      readonly kind: "later";
      readonly reason: string;
      /** What is left; all that were given unless it says so. */
      readonly left?: readonly SpooledAlert[];
      /** Refused among those that are not left. */
      readonly refused?: readonly RefusedAlert[];
      /** How long the receiver asks to wait, in milliseconds. */
      readonly afterMs?: number | undefined;
    };

export interface RefusedAlert {
  readonly alert: SpooledAlert;
  readonly reason: string;
}

/** All were delivered. */
export const delivered: Delivery = { kind: "done", refused: [] };
