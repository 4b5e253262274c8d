import { type JsonObject, readFirst } from "@tallyman/ecs";

/**
 * The name under which rules' index patterns select an event. In this order: the name that the caller gives, the index that
 * Elasticsearch stored it in (a backing index counts as its data stream), `data_stream.*`, `event.dataset`, the Beat that shipped it
 * (`filebeat-8.1.0`), `event.module`. Undefined when the event says nothing of the kind.
 */
export function indexNameOf(
  document: JsonObject,
  storedIn: string | undefined,
  given: string | undefined,
): string | undefined {
  if (given !== undefined) return given;
  if (storedIn !== undefined) return dataStreamOfBackingIndex(storedIn);
  const text = (path: string): string | undefined => {
    const value = readFirst(document, path, "keyword");
    // Longer names are no index names: Elasticsearch allows 255 bytes.
    return value === undefined || value === "" || value.length > 255 ? undefined : value;
  };
  const dataset = text("data_stream.dataset");
  if (dataset !== undefined) {
    return `${text("data_stream.type") ?? "logs"}-${dataset}-${text("data_stream.namespace") ?? "default"}`;
  }
  const beat = beatIndex(text("agent.type"), text("agent.version"));
  const eventDataset = text("event.dataset");
  if (eventDataset !== undefined) return beat ?? `logs-${eventDataset}-default`;
  if (beat !== undefined) return beat;
  const eventModule = text("event.module");
  return eventModule === undefined ? undefined : `logs-${eventModule}-default`;
}

const beats = ["auditbeat", "filebeat", "heartbeat", "metricbeat", "packetbeat", "winlogbeat"];

function beatIndex(agent: string | undefined, version: string | undefined): string | undefined {
  if (agent === undefined || !beats.includes(agent)) return undefined;
  return `${agent}-${version ?? "8"}`;
}

/** `.ds-logs-x-default-2024.05.01-000001` stores the data stream `logs-x-default`. */
function dataStreamOfBackingIndex(index: string): string {
  const match = /^\.ds-(.+)-\d{4}\.\d{2}\.\d{2}-\d{6,}$/.exec(index);
  return match?.[1] ?? index;
}
