import { isJsonObject, type Json, type JsonObject } from "@tallyman/ecs";

/** What a rule's alert suppression remembers, as JSON. */
export type SavedSuppression = {
  readonly nowMs: number;
  /** From the oldest to the newest. */
  readonly groups: readonly SavedGroup[];
};

/** An open group of suppressed alerts. */
type SavedGroup = {
  readonly key: string;
  readonly alert: JsonObject;
  readonly count: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly lastMs: number;
  readonly nowMs: number;
  readonly isChanged: boolean;
};

const numbers = ["count", "startMs", "endMs", "lastMs", "nowMs"] as const;

/** True when the value has that form. */
export function isSavedSuppression(value: Json | undefined): value is SavedSuppression {
  if (value === undefined || !isJsonObject(value)) return false;
  const { groups, nowMs } = value;
  return typeof nowMs === "number" && Array.isArray(groups) && groups.every(isSavedGroup);
}

function isSavedGroup(value: Json): boolean {
  if (!isJsonObject(value)) return false;
  const { alert, isChanged, key } = value;
  return (
    typeof key === "string" &&
    typeof isChanged === "boolean" &&
    isJsonObject(alert) &&
    typeof alert["id"] === "string" &&
    isJsonObject(alert["document"]) &&
    numbers.every((name) => typeof value[name] === "number")
  );
}
