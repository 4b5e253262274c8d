import { isJsonObject, type Json, type JsonObject, readFirst } from "@tallyman/ecs";
import type { HeldIndicator } from "../../indicators/indicator-store.ts";

/** A field of an event that equals one of an indicator. */
export interface MatchedField {
  readonly indicator: HeldIndicator;
  /** The indicator's document. */
  readonly document: JsonObject;
  /** The name of the event's field. */
  readonly field: string;
  /** Its value. */
  readonly atomic: Json;
}

/** One alert tells of so many. Source: detection engine, rule type threat_match. */
export const enrichmentsMax = 200;

/** The event with its matches in `threat.enrichments`, after those that it has already. */
export function enriched(
  event: JsonObject,
  matches: readonly MatchedField[],
  indicatorPath: string,
): JsonObject {
  const { threat, "threat.enrichments": dotted, ...rest } = event;
  const outer = isJsonObject(threat) ? threat : {};
  const earlier = [outer["enrichments"], dotted].flat().filter((each) => each !== undefined && each !== null);
  const enrichments = [...earlier, ...matches.map((match) => enrichmentOf(match, indicatorPath))] as Json;
  return { ...rest, threat: { ...outer, enrichments } };
}

function enrichmentOf({ atomic, document, field, indicator }: MatchedField, indicatorPath: string): Json {
  const feed = readFirst(document, "threat.feed.name", "keyword");
  return {
    indicator: objectAt(document, indicatorPath),
    feed: feed === undefined ? {} : { name: feed },
    matched: { atomic, field, id: indicator.id, index: indicator.index, type: "indicator_match_rule" },
  };
}

/** The object at a path, the first where there are several, also where its fields have dotted names; empty when there is none. */
function objectAt(document: JsonObject, path: string): JsonObject {
  return Object.fromEntries(entriesAt(document, path));
}

function entriesAt(document: JsonObject, path: string): readonly (readonly [string, Json | undefined])[] {
  return Object.entries(document).flatMap(
    ([key, value]): readonly (readonly [string, Json | undefined])[] => {
      if (key.startsWith(`${path}.`)) return [[key.slice(path.length + 1), value]];
      const first = Array.isArray(value) ? (value[0] as Json | undefined) : value;
      if (!isJsonObject(first)) return [];
      if (key === path) return Object.entries(first);
      return path.startsWith(`${key}.`) ? entriesAt(first, path.slice(key.length + 1)) : [];
    },
  );
}
