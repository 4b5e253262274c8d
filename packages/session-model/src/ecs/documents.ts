import type { JsonObject } from "@tallyman/ecs";
import type { Container, ContainerCatalogue } from "../containers/container-catalogue.ts";
import type { Agent, Host } from "../host.ts";
import type { FileEvent, NetworkEvent } from "../kernel-event.ts";
import type { Ports } from "../ports.ts";
import type { TrackedProcess } from "../process/tracked-process.ts";
import { type ContainerFields, containerFields } from "./container-fields.ts";
import { datasets, madeBy, type Stream } from "./data-streams.ts";
import { fileFields } from "./file-fields.ts";
import { type NetworkFields, networkFields } from "./network-fields.ts";
import { type ProcessBlock, ProcessFields } from "./process-fields.ts";
import { WallClock } from "./wall-clock.ts";

export type ProcessAction = keyof typeof processTypes;

type Category = "process" | "network" | "file";

interface Kind {
  readonly action: string;
  readonly category: Category;
  readonly type: string;
  /** Where that is not the category's own. */
  readonly stream?: Stream;
}

const processTypes = {
  fork: "start",
  exec: "start",
  already_running: "info",
  uid_change: "change",
  gid_change: "change",
  session_id_change: "change",
} as const;

const networkKinds = {
  connect: { action: "connection_attempted", category: "network", type: "start" },
  accept: { action: "connection_accepted", category: "network", type: "start" },
  disconnect: { action: "disconnect_received", category: "network", type: "end" },
} as const;

const fileKinds = {
  create: { action: "creation", category: "file", type: "creation" },
  rename: { action: "rename", category: "file", type: "change" },
  delete: { action: "deletion", category: "file", type: "deletion" },
  open: { action: "open", category: "file", type: "change", stream: "fileInContainer" },
} as const;

const modules = {
  process: "endpoint",
  network: "endpoint",
  file: "endpoint",
  fileInContainer: "cloud_defend",
} as const;

const messages = {
  process: "Endpoint process event",
  network: "Endpoint network event",
  file: "Endpoint file event",
} as const;

/** Of ECS, as Elastic Defend's events name it. */
const ecsVersion = { version: "8.10.0" };

/** Makes ECS documents in the shape of Elastic Defend's. They share their parts, so nobody may change one. */
export class Documents {
  readonly #agent: JsonObject;
  readonly #host: JsonObject;
  readonly #cluster: Host["cluster"];
  readonly #streams: Record<Stream, JsonObject>;
  readonly #runId: string;
  readonly #clock: WallClock;
  readonly #processFields: ProcessFields;
  readonly #containers: ContainerCatalogue;
  readonly #containerFields = new WeakMap<Container, ContainerFields>();
  #sequence = 0;

  constructor(host: Host, agent: Agent, ports: Ports, containers: ContainerCatalogue) {
    this.#agent = { type: "endpoint", id: agent.id, version: agent.version, build: { original: madeBy } };
    this.#host = hostFields(host);
    this.#cluster = host.cluster;
    const namespace = agent.dataStreamNamespace ?? "default";
    const stream = (name: Stream) => ({ type: "logs", dataset: datasets[name], namespace });
    this.#streams = {
      process: stream("process"),
      network: stream("network"),
      file: stream("file"),
      fileInContainer: stream("fileInContainer"),
    };
    this.#runId = agent.runId;
    this.#clock = new WallClock(ports.bootTimeNs);
    this.#processFields = new ProcessFields(ports.names, this.#clock);
    this.#containers = containers;
  }

  ofProcess(process: TrackedProcess, action: ProcessAction, atNs: bigint): JsonObject {
    const kind: Kind = { action, category: "process", type: processTypes[action] };
    return this.#document(kind, process, this.#processFields.of(process), atNs, undefined, undefined);
  }

  ofEnd(process: TrackedProcess, atNs: bigint, exitCode: number | undefined): JsonObject {
    const block = this.#processFields.ofEnded(process, this.#clock.exact(atNs), exitCode);
    const kind: Kind = { action: "end", category: "process", type: "end" };
    return this.#document(kind, process, block, atNs, undefined, undefined);
  }

  ofNetwork(process: TrackedProcess, event: NetworkEvent): JsonObject {
    const block = this.#processFields.of(process);
    return this.#document(
      networkKinds[event.kind],
      process,
      block,
      event.atNs,
      undefined,
      networkFields(event),
    );
  }

  /** Undefined where a file is opened outside of containers, which only their streams have a word for. */
  ofFile(process: TrackedProcess, event: FileEvent): JsonObject | undefined {
    if (event.kind === "open" && this.#containerOf(process, event.atNs) === undefined) return undefined;
    const block = this.#processFields.of(process);
    return this.#document(fileKinds[event.kind], process, block, event.atNs, fileFields(event), undefined);
  }

  #document(
    { action, category, type, stream = category }: Kind,
    process: TrackedProcess,
    block: ProcessBlock,
    atNs: bigint,
    file: JsonObject | undefined,
    connection: NetworkFields | undefined,
  ): JsonObject {
    const at = this.#clock.exact(atNs);
    const sequence = this.#sequence;
    this.#sequence += 1;
    const container = this.#container(process, atNs);
    return {
      "@timestamp": at,
      agent: this.#agent,
      container: container?.container,
      data_stream: this.#streams[stream],
      destination: connection?.destination,
      ecs: ecsVersion,
      event: {
        action,
        category: [category],
        type: [type],
        kind: "event",
        module: modules[stream],
        dataset: datasets[stream],
        created: at,
        id: `${this.#runId}-${sequence}`,
        sequence,
      },
      file,
      group: block.identity?.group,
      host: this.#host,
      message: messages[category],
      network: connection?.network,
      orchestrator: container?.orchestrator,
      process: block.process,
      source: connection?.source,
      user: block.identity?.user,
    };
  }

  #container(process: TrackedProcess, atNs: bigint): ContainerFields | undefined {
    const container = this.#containerOf(process, atNs);
    if (container === undefined) return undefined;
    let fields = this.#containerFields.get(container);
    if (fields === undefined) {
      fields = containerFields(container, this.#cluster);
      this.#containerFields.set(container, fields);
    }
    return fields;
  }

  #containerOf({ container, entry, cgroup }: TrackedProcess, atNs: bigint): Container | undefined {
    if (container !== undefined) return container ?? undefined;
    return this.#containers.ofProcess(cgroup?.path, entry, atNs);
  }
}

/** A document's `host`. */
export function hostFields({ id, hostname, architecture, ip, mac, os }: Host): JsonObject {
  const { variant, ...rest } = os;
  return {
    id,
    ...(hostname !== undefined && { hostname, name: hostname }),
    ...(architecture !== undefined && { architecture }),
    ...(ip !== undefined && { ip }),
    ...(mac !== undefined && { mac }),
    os: { type: "linux", ...rest, ...(variant !== undefined && { Ext: { variant } }) },
  };
}
