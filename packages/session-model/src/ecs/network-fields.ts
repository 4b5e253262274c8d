import type { JsonObject } from "@tallyman/ecs";
import type { Endpoint, NetworkEvent } from "../kernel-event.ts";

export interface NetworkFields {
  readonly network: JsonObject;
  readonly source: JsonObject | undefined;
  readonly destination: JsonObject | undefined;
}

/** The source is who opened the connection. An IPv4 address that a process wrote as an IPv6 one (`::ffff:…`) is shown as what it is. */
export function networkFields(event: NetworkEvent): NetworkFields {
  const direction =
    event.kind === "disconnect" ? event.direction : event.kind === "accept" ? "ingress" : "egress";
  const local = endpointFields(event.local);
  const remote = endpointFields(event.remote);
  const [source, destination] = direction === "ingress" ? [remote, local] : [local, remote];
  const isMapped = isMappedIpv4(event.remote) || isMappedIpv4(event.local);
  return {
    network: {
      transport: event.protocol,
      type: isMapped ? "ipv4" : event.family,
      direction,
    },
    source,
    destination,
  };
}

function endpointFields(endpoint: Endpoint | undefined): JsonObject | undefined {
  if (endpoint === undefined) return undefined;
  const address = isMappedIpv4(endpoint) ? endpoint.address.slice(mapped.length) : endpoint.address;
  return { address, ip: address, port: endpoint.port };
}

const mapped = "::ffff:";

function isMappedIpv4(endpoint: Endpoint | undefined): boolean {
  const address = endpoint?.address ?? "";
  return address.startsWith(mapped) && address.includes(".");
}
