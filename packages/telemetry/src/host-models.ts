import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { JsonObject } from "@tallyman/ecs";
import {
  type Host,
  hostFields,
  type KernelEvent,
  type ModelLimits,
  type ModelReport,
  type RunningProcess,
  SessionModel,
} from "@tallyman/session-model";
import { LearnedNames } from "./learned-names.ts";

/** How much is remembered of how many hosts. */
export interface HostLimits {
  readonly hostsMax: number;
  /** Of each host. */
  readonly model: ModelLimits;
}

const defaultLimits: HostLimits = {
  hostsMax: 32,
  model: { processesMax: 16_384, textBytesMax: 16 * 1024 * 1024 },
};

/** What a source says of an event besides what happened. */
export interface EventLabel {
  /** What names it among all events of the source: the document has it as `event.id`, and so the same on every run. */
  readonly id: string;
  /** The source's own number for it, if it has one. */
  readonly sequence?: number;
}

/** What a recording's hosts are known by. */
export interface HostModel {
  /** A document's `host`. */
  readonly fields: JsonObject;
  readonly names: LearnedNames;
  readonly sessions: SessionModel;
}

/** How many things were forgotten or could not be told, over all hosts. */
export interface HostsReport {
  readonly hosts: number;
  readonly forgottenHosts: number;
  /** Processes forgotten for lack of room while they were running, as far as was known. */
  readonly forgottenProcesses: number;
  /** Processes whose texts were forgotten for lack of room. */
  readonly shortenedProcesses: number;
  /** Events of processes that have ended, and repeated ones. */
  readonly staleEvents: number;
}

/**
 * A session model for each host that a recording names. A recording knows neither a host's machine id nor its boots, so both are made of its name: entity ids
 * are the same whenever it is read again, and other than those of a sensor on that host. Times since boot are times since 1970.
 */
export class HostModels {
  readonly #provider: string;
  readonly #version: string;
  readonly #limits: HostLimits;
  /** The one that was used longest ago first. */
  readonly #models = new Map<string, HostModel>();
  #forgottenHosts = 0;
  /** Those of hosts that were forgotten. */
  #forgotten = noCounts;

  /** @param provider The name of the source, which documents have as `event.provider`. */
  constructor(provider: string, version: string, limits: Partial<HostLimits> = {}) {
    this.#provider = provider;
    this.#version = version;
    this.#limits = { ...defaultLimits, ...limits };
  }

  of(name: string | undefined): HostModel {
    const key = name ?? "";
    const known = this.#models.get(key);
    const model = known ?? this.#open(name);
    if (known !== undefined) this.#models.delete(key);
    this.#models.set(key, model);
    if (this.#models.size > this.#limits.hostsMax) this.#forgetOldest();
    return model;
  }

  /** The documents of an event, with those that it names beside its own process introduced before. */
  handle(
    host: string | undefined,
    event: KernelEvent,
    label: EventLabel,
    beside: readonly RunningProcess[] = [],
  ): readonly JsonObject[] {
    const { sessions } = this.of(host);
    if (beside.length > 0) sessions.introduce(beside);
    return sessions.handle(event).map((document, i) => this.#labelled(document, label, i));
  }

  report(): HostsReport {
    const counts = [...this.#models.values()].reduce(
      (total, { sessions }) => withCountsOf(total, sessions.report()),
      this.#forgotten,
    );
    return { hosts: this.#models.size, forgottenHosts: this.#forgottenHosts, ...counts };
  }

  #open(name: string | undefined): HostModel {
    const id = idOf(name);
    const host: Host = { id, bootId: id, os: {}, ...(name !== undefined && { hostname: name }) };
    const names = new LearnedNames();
    const agent = { id: idOf(`${this.#provider} ${name ?? ""}`), version: this.#version, runId: id };
    const ports = { names, runtimeFiles: { read: () => undefined }, bootTimeNs: () => 0n };
    return {
      fields: hostFields(host),
      names,
      sessions: new SessionModel(host, agent, ports, this.#limits.model),
    };
  }

  #forgetOldest(): void {
    for (const [key, { sessions }] of this.#models) {
      this.#forgotten = withCountsOf(this.#forgotten, sessions.report());
      this.#forgottenHosts += 1;
      this.#models.delete(key);
      return;
    }
  }

  #labelled(document: JsonObject, { id, sequence }: EventLabel, part: number): JsonObject {
    const event = document["event"] as JsonObject;
    // An exec that changes the user gives more than one document.
    const own = part === 0 ? id : `${id}-${part}`;
    // The model's own numbers would depend on what else was read.
    return { ...document, event: { ...event, id: own, provider: this.#provider, sequence } };
  }
}

type ModelCounts = Omit<HostsReport, "hosts" | "forgottenHosts">;

const noCounts: ModelCounts = { forgottenProcesses: 0, shortenedProcesses: 0, staleEvents: 0 };

function withCountsOf(counts: ModelCounts, report: ModelReport): ModelCounts {
  return {
    forgottenProcesses: counts.forgottenProcesses + report.evictedLiving,
    shortenedProcesses: counts.shortenedProcesses + report.evictedTexts,
    staleEvents: counts.staleEvents + report.staleEvents + report.repeatedEvents,
  };
}

/** 32 hexadecimal digits, as a machine's id has. */
function idOf(name: string | undefined): string {
  return bytesToHex(sha256(utf8ToBytes(JSON.stringify(name ?? null)))).slice(0, 32);
}
