import type { JsonObject } from "@tallyman/ecs";
import { endpointEvent } from "./endpoint-event.ts";
import { pickLinuxCommand } from "./linux-programs.ts";
import { linuxUserFields, pickLinuxUser } from "./linux-users.ts";
import type { World } from "./world.ts";
import { zipf } from "./zipf.ts";

const pickAction = zipf(["connection_attempted", "disconnect_received", "connection_accepted"], 1);
const pickPublicPort = zipf([443, 80, 8443, 9418, 22, 4444], 4);
const pickPrivatePort = zipf([443, 53, 5432, 8080, 6379, 22, 9200], 1);

/** Connections of Linux processes as Elastic Defend records them. */
export function linuxNetwork(world: World): JsonObject {
  const { random } = world;
  const entrypoint = world.entrypoints.shift();
  const host = entrypoint?.host ?? world.linuxHost();
  const user = pickLinuxUser(random);
  const command = pickLinuxCommand(random);
  const action = entrypoint === undefined ? pickAction(random) : "connection_attempted";
  const isOutside = entrypoint !== undefined || random.chance(0.5);
  const remote = isOutside ? world.publicAddress() : world.privateAddress();
  const port = isOutside ? pickPublicPort(random) : pickPrivatePort(random);
  const type = [action === "disconnect_received" ? "end" : "start", "connection"];
  return endpointEvent(
    world,
    host,
    { category: "network", type, action },
    {
      process: {
        Ext: { ancestry: world.ancestry() },
        entity_id: world.runningProcess(),
        executable: command.executable,
        name: command.name,
        pid: random.below(60_000),
        command_line: command.args.join(" "),
        parent: { entity_id: entrypoint?.entityId ?? world.runningProcess() },
        entry_leader: { entity_id: world.runningProcess(), parent: { entity_id: world.runningProcess() } },
        session_leader: { entity_id: world.runningProcess() },
        group_leader: { entity_id: world.runningProcess() },
        thread: { capabilities: { effective: [], permitted: [] } },
        uptime: random.below(10_000),
      },
      destination: { address: remote, ip: remote, port, bytes: random.below(1_000_000) },
      source: {
        address: host.address,
        ip: host.address,
        port: 32_768 + random.below(28_000),
        bytes: random.below(100_000),
      },
      network: {
        transport: "tcp",
        type: "ipv4",
        direction: action === "connection_accepted" ? "ingress" : "egress",
      },
      ...linuxUserFields(user),
    },
  );
}
