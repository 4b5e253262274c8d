import { expect, test } from "vitest";
import type { NetworkEvent } from "../kernel-event.ts";
import { networkFields } from "./network-fields.ts";

const local = { address: "10.20.0.11", port: 52677 };
const remote = { address: "203.0.113.9", port: 443 };
const event: NetworkEvent = {
  kind: "connect",
  pid: 1,
  atNs: 0n,
  protocol: "tcp",
  family: "ipv4",
  local,
  remote,
};
const shown = ({ address, port }: typeof local) => ({ address, ip: address, port });

test.for([
  ["connect", undefined, "egress", local, remote],
  ["accept", undefined, "ingress", remote, local],
  ["disconnect", "egress", "egress", local, remote],
  ["disconnect", "ingress", "ingress", remote, local],
  ["disconnect", undefined, undefined, local, remote],
] as const)("%s, %s: %s", ([kind, told, direction, source, destination]) => {
  const fields = networkFields({ ...event, kind, ...(told !== undefined && { direction: told }) });
  expect(fields).toEqual({
    network: { transport: "tcp", type: "ipv4", direction },
    source: shown(source),
    destination: shown(destination),
  });
});

test("a port that is not chosen yet is absent, and so is an end that is not known", () => {
  const { local: _, ...withoutLocal } = event;
  expect(networkFields({ ...event, local: { address: "10.20.0.11" } }).source).toEqual({
    address: "10.20.0.11",
    ip: "10.20.0.11",
  });
  expect(networkFields(withoutLocal).source).toBeUndefined();
});

test("an IPv4 address in IPv6 clothes is shown as IPv4", () => {
  const fields = networkFields({
    ...event,
    family: "ipv6",
    remote: { address: "::ffff:203.0.113.9", port: 443 },
  });
  expect(fields.destination).toEqual(shown(remote));
  expect(fields.network["type"]).toBe("ipv4");
  expect(
    networkFields({ ...event, family: "ipv6", remote: { address: "2001:db8::1" } }).network["type"],
  ).toBe("ipv6");
});
