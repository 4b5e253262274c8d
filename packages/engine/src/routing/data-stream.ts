import type { EventView, FieldSlots, Slot } from "@tallyman/ecs";

/** Longer names are no index names: Elasticsearch allows 255 bytes. */
const nameLengthMax = 255;

/**
 * The name under which rules' index patterns select an event. In this order: the name that the caller gives, the index that
 * Elasticsearch stored it in (a backing index counts as its data stream), `data_stream.*`, `event.dataset`, the Beat that shipped it
 * (`filebeat-8.1.0`), `event.module`.
 */
export class IndexNames {
  readonly #type: Slot<"keyword">;
  readonly #dataset: Slot<"keyword">;
  readonly #namespace: Slot<"keyword">;
  readonly #eventDataset: Slot<"keyword">;
  readonly #eventModule: Slot<"keyword">;
  readonly #agentType: Slot<"keyword">;
  readonly #agentVersion: Slot<"keyword">;

  constructor(slots: FieldSlots) {
    this.#type = slots.slot("data_stream.type", "keyword");
    this.#dataset = slots.slot("data_stream.dataset", "keyword");
    this.#namespace = slots.slot("data_stream.namespace", "keyword");
    this.#eventDataset = slots.slot("event.dataset", "keyword");
    this.#eventModule = slots.slot("event.module", "keyword");
    this.#agentType = slots.slot("agent.type", "keyword");
    this.#agentVersion = slots.slot("agent.version", "keyword");
  }

  /**
   * @param storedIn The index that the event was stored in.
   * @param given The name that the caller gives.
   * @returns Undefined when nothing says it.
   */
  nameOf(event: EventView, storedIn: string | undefined, given: string | undefined): string | undefined {
    if (given !== undefined) return given;
    if (storedIn !== undefined) return dataStreamOfBackingIndex(storedIn);
    const dataset = textOf(event, this.#dataset);
    if (dataset !== undefined) {
      return `${textOf(event, this.#type) ?? "logs"}-${dataset}-${textOf(event, this.#namespace) ?? "default"}`;
    }
    const beat = beatIndex(textOf(event, this.#agentType), textOf(event, this.#agentVersion));
    const eventDataset = textOf(event, this.#eventDataset);
    if (eventDataset !== undefined) return beat ?? `logs-${eventDataset}-default`;
    if (beat !== undefined) return beat;
    const eventModule = textOf(event, this.#eventModule);
    return eventModule === undefined ? undefined : `logs-${eventModule}-default`;
  }
}

function textOf(event: EventView, slot: Slot<"keyword">): string | undefined {
  const value = event.values(slot)[0];
  return value === undefined || value === "" || value.length > nameLengthMax ? undefined : value;
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
