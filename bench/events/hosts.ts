import type { JsonObject } from "@tallyman/ecs";
import type { Random } from "../../tools/random.ts";

export interface Host {
  readonly agentId: string;
  readonly elasticAgentId: string;
  /** Its address in the network; `ecs.ip` has more. */
  readonly address: string;
  /** The `host` of its events. */
  readonly ecs: JsonObject;
}

const hostCount = 120;

/** The hosts of a run: one in four has Windows. */
export function makeHosts(random: Random): {
  readonly linux: readonly Host[];
  readonly windows: readonly Host[];
} {
  const linux: Host[] = [];
  const windows: Host[] = [];
  for (let number = 0; number < hostCount; number++) {
    if (number % 4 === 3) windows.push(makeHost(random, number, "WIN-", windowsSystem));
    else linux.push(makeHost(random, number, "srv-", linuxSystem));
  }
  return { linux, windows };
}

function makeHost(random: Random, number: number, prefix: string, os: JsonObject): Host {
  const name = `${prefix}${random.pick(roles)}-${String(number).padStart(3, "0")}`;
  const address = `10.${number % 7}.${number}.${2 + ((number * 7) % 250)}`;
  const mac = random.hex(12).toUpperCase();
  const local = `fe80::${random.hex(4)}:${random.hex(4)}:fe${random.hex(2)}:${random.hex(4)}`;
  return {
    agentId: random.uuid(),
    elasticAgentId: random.uuid(),
    address,
    ecs: {
      hostname: name,
      os,
      ip: ["127.0.0.1", "::1", address, local],
      name,
      id: random.hex(32),
      mac: [mac.replace(/..(?=.)/g, "$&-")],
      architecture: "x86_64",
    },
  };
}

const roles = ["web", "db", "ci", "edge", "app"];

const linuxSystem: JsonObject = {
  Ext: { variant: "Debian" },
  kernel: "6.1.0-18-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)",
  name: "Linux",
  family: "debian",
  type: "linux",
  version: "12.5",
  platform: "debian",
  full: "Debian 12.5",
};

const windowsSystem: JsonObject = {
  Ext: { variant: "Windows Server 2022 Datacenter" },
  kernel: "21H2 (10.0.20348.2340)",
  name: "Windows",
  family: "windows",
  type: "windows",
  version: "21H2 (10.0.20348.2340)",
  platform: "windows",
  full: "Windows Server 2022 Datacenter 21H2 (10.0.20348.2340)",
};
