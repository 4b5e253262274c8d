import type { JsonObject } from "@tallyman/ecs";
import type { Host } from "./hosts.ts";
import { isoDate, type World } from "./world.ts";

/** How an event of Elastic Defend is classed. */
export interface EndpointEvent {
  readonly category: "process" | "network" | "file" | "registry";
  readonly type: readonly string[];
  readonly action: string;
}

/** How long after it happened an event is stored. */
const ingestedAfterMs = 1500;

/** An event as Elastic Defend writes it: what all of them have, with the fields of its kind. */
export function endpointEvent(world: World, host: Host, kind: EndpointEvent, fields: JsonObject): JsonObject {
  const dataset = `endpoint.events.${kind.category}`;
  const sequence = world.sequence++;
  return {
    "@timestamp": isoDate(world.nowMs),
    agent: { id: host.agentId, type: "endpoint", version: "8.15.3" },
    data_stream: { namespace: "default", type: "logs", dataset },
    ecs: { version: "8.10.0" },
    elastic: { agent: { id: host.elasticAgentId } },
    host: host.ecs,
    event: {
      agent_id_status: "verified",
      sequence,
      ingested: isoDate(world.nowMs + ingestedAfterMs),
      created: isoDate(world.nowMs),
      kind: "event",
      module: "endpoint",
      action: kind.action,
      id: `N${world.random.base64(11)}++++${sequence.toString(36)}`,
      category: [kind.category],
      type: kind.type,
      dataset,
      outcome: "unknown",
    },
    message: `Endpoint ${kind.category} event`,
    ...fields,
  };
}
