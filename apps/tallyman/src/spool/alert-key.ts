import { isJsonObject, type Json, type JsonObject } from "@tallyman/ecs";

/** How many others are counted in an alert; 0 for one without alert suppression, too. */
export function suppressedIn(document: JsonObject): number {
  const count = document["kibana.alert.suppression.docs_count"];
  return typeof count === "number" ? count : 0;
}

/**
 * What an alert that was written or sent before is known by: the id, and the state, since an alert in which others are counted is given again, under its
 * id, with another count.
 */
export function alertKey(id: string, suppressed: number): string {
  return suppressed === 0 ? id : `${id} ${suppressed}`;
}

/** The key of the alert whose document stands in a line; undefined when it is none, as a line is that was left unfinished. */
export function keyOfLine(line: string): string | undefined {
  if (line === "") return undefined;
  try {
    const document = JSON.parse(line) as Json;
    if (!isJsonObject(document)) return undefined;
    const id = document["kibana.alert.uuid"];
    return typeof id === "string" ? alertKey(id, suppressedIn(document)) : undefined;
  } catch {
    return undefined;
  }
}
