import { isJsonObject, type Json } from "@tallyman/ecs";

/** The id of the alert whose document stands in a line; undefined when it is none, as a line is that was left unfinished. */
export function idOfLine(line: string): string | undefined {
  if (line === "") return undefined;
  try {
    const document = JSON.parse(line) as Json;
    const id = isJsonObject(document) ? document["kibana.alert.uuid"] : undefined;
    return typeof id === "string" ? id : undefined;
  } catch {
    return undefined;
  }
}
