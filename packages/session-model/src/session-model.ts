import type { JsonObject } from "@tallyman/ecs";
import { ContainerCatalogue } from "./containers/container-catalogue.ts";
import { Documents } from "./ecs/documents.ts";
import type { Agent, Host } from "./host.ts";
import type {
  Credentials,
  ExecEvent,
  ExitEvent,
  FileEvent,
  ForkEvent,
  IdsEvent,
  KernelEvent,
  LostEvent,
  NetworkEvent,
  ProcessFacts,
  SessionEvent,
} from "./kernel-event.ts";
import { defaultLimits, type ModelLimits } from "./limits.ts";
import type { Ports } from "./ports.ts";
import { type Image, imageOfComm, imageOfExec, imageOfRunning } from "./process/image.ts";
import { ProcessTable } from "./process/process-table.ts";
import { isSameGroup, isSameUser, TrackedProcess } from "./process/tracked-process.ts";
import type { RunningProcess } from "./running-process.ts";
import { EntityIds, startTick } from "./session/entity-id.ts";
import { type Entry, type EntryType, entryOf } from "./session/entry.ts";
import { sshClient } from "./session/ssh-client.ts";

/** What the model holds, and what it could not do as it should. Counts since its start. */
export interface ModelReport {
  /** Processes in the table now, those that have exited and are still known included. */
  readonly processes: number;
  readonly livingProcesses: number;
  /** Of their arguments, environments and paths, about. */
  readonly textBytes: number;
  /** How many of both there may be. */
  readonly limits: ModelLimits;
  /** Forgotten for lack of room: already exited, and still running. */
  readonly evictedExited: number;
  readonly evictedLiving: number;
  /** Processes of which only name and paths were kept, for lack of room: no arguments, environment or former images. */
  readonly evictedTexts: number;
  readonly evictedContainers: number;
  /** Processes that were first heard of by something other than their fork: their documents know less. */
  readonly unknownProcesses: number;
  /** Processes whose exit was never reported, and which a later snapshot no longer found. */
  readonly vanishedProcesses: number;
  /** Events of a process whose pid has a new owner, and repeated ones: they gave no document. */
  readonly staleEvents: number;
  readonly repeatedEvents: number;
  /** Events that sources had to drop. */
  readonly lostEvents: number;
}

/** An event of a process that should be known by then. */
type ProcessEvent = Exclude<KernelEvent, ForkEvent | LostEvent>;

/** How many of its former images a process remembers, the newest ones. */
const previousMax = 16;
const noDocuments: readonly JsonObject[] = [];

/**
 * From what a kernel reports of processes to ECS documents in the shape of Elastic Defend's. One for each host.
 *
 * Events come in the order in which they happened, as nearly as the source can: what comes late, twice or not at all is noticed, and costs detail. Text is
 * passed on as it is. The documents share their parts: nobody may change them.
 */
export class SessionModel {
  readonly #host: Host;
  readonly #limits: ModelLimits;
  readonly #table: ProcessTable;
  readonly #ids: EntityIds;
  readonly #containers: ContainerCatalogue;
  readonly #documents: Documents;
  #unknownProcesses = 0;
  #vanishedProcesses = 0;
  #staleEvents = 0;
  #repeatedEvents = 0;
  #lostEvents = 0;

  constructor(host: Host, agent: Agent, ports: Ports, limits: Partial<ModelLimits> = {}) {
    this.#host = host;
    this.#limits = { ...defaultLimits, ...limits };
    this.#table = new ProcessTable(this.#limits);
    this.#ids = new EntityIds(host.bootId, host.pidNamespace);
    this.#containers = new ContainerCatalogue(ports.runtimeFiles);
    this.#documents = new Documents(host, agent, ports, this.#containers);
  }

  /** The documents that an event gives: none, one, or for an exec that changed the user or group one for each. */
  handle(event: KernelEvent): readonly JsonObject[] {
    if (event.kind === "lost") {
      this.#lostEvents += event.count;
      return noDocuments;
    }
    this.#table.advance(event.atNs);
    if (event.kind === "fork") return this.#fork(event);
    const process = this.#processOf(event);
    if (process !== undefined) return this.#ofProcess(process, event);
    this.#staleEvents += 1;
    return noDocuments;
  }

  /**
   * Takes in the processes that are running, and gives an `already_running` document for each that was not known. To miss none, start the source first,
   * then read `/proc`, then call this, then handle what the source has gathered meanwhile: what of that is older than the snapshot changes nothing.
   *
   * A later snapshot, as after lost events, adds what was missed and drops whoever has gone unnoticed.
   */
  snapshot(running: readonly RunningProcess[]): readonly JsonObject[] {
    const found = this.#takeIn(running);
    for (const process of parentsFirst(found, this.#table)) {
      if (!process.isInTable) continue;
      this.#table.touch(process);
      this.#decideEntry(process, undefined, true);
      this.#table.touch(process);
    }
    this.#dropVanished(running);
    return found
      .filter((process) => process.isInTable)
      .map((process) => this.#documents.ofProcess(process, "already_running", process.factsAtNs));
  }

  /**
   * Takes in processes that an event names beside its own, as other sensors do with the parent: whoever is not known becomes known, and of who is nothing
   * changes. No documents come of it. The parents of others come first.
   */
  introduce(processes: readonly RunningProcess[]): void {
    const unknown = processes.filter((facts) => {
      const known = this.#table.get(facts.pid);
      return known === undefined || compareAge(facts, known) === "newer";
    });
    for (const process of this.#takeIn(unknown)) {
      if (!process.isInTable) continue;
      this.#table.touch(process);
      this.#decideEntry(process, undefined, true);
      this.#table.touch(process);
    }
  }

  report(): ModelReport {
    return {
      processes: this.#table.size,
      livingProcesses: this.#table.livingCount,
      textBytes: this.#table.textBytes,
      limits: this.#limits,
      evictedExited: this.#table.evicted.exited,
      evictedLiving: this.#table.evicted.living,
      evictedTexts: this.#table.evicted.texts,
      evictedContainers: this.#containers.evicted,
      unknownProcesses: this.#unknownProcesses,
      vanishedProcesses: this.#vanishedProcesses,
      staleEvents: this.#staleEvents,
      repeatedEvents: this.#repeatedEvents,
      lostEvents: this.#lostEvents,
    };
  }

  #ofProcess(process: TrackedProcess, event: ProcessEvent): readonly JsonObject[] {
    switch (event.kind) {
      case "exec":
        return this.#exec(process, event);
      case "exit":
        return this.#exit(process, event);
      case "setsid":
        return this.#setsid(process, event);
      case "ids":
        return this.#changeIds(process, event);
      case "connect":
      case "accept":
      case "disconnect":
        return this.#network(process, event);
      case "create":
      case "rename":
      case "delete":
      case "open":
        return this.#file(process, event);
    }
  }

  #fork(event: ForkEvent): readonly JsonObject[] {
    const known = this.#table.get(event.pid);
    if (known !== undefined) {
      const age = compareAge(event, known);
      if (age === "older") {
        this.#staleEvents += 1;
        return noDocuments;
      }
      // Known from a snapshot, or from an event that overtook its fork.
      if (
        age === "same" ||
        (age === "unknown" && isAliveAt(known, event.atNs) && event.atNs <= known.factsAtNs)
      ) {
        this.#repeatedEvents += 1;
        return noDocuments;
      }
    }
    const process = this.#newProcess(event);
    const forkerPid = event.forkerPid ?? event.ppid;
    const forker =
      forkerPid === undefined || forkerPid === event.pid ? undefined : this.#table.get(forkerPid);
    if (forker !== undefined) inherit(process, forker);
    process.learn(event);
    const image = forker?.image ?? imageOfComm(event.comm);
    this.#table.add(process);
    this.#table.setImage(process, image, []);
    this.#table.touch(process);
    // Its forker may be unknown where its parent is not.
    process.entry ??= process.parent?.entry;
    this.#table.touch(process);
    return [this.#documents.ofProcess(process, "fork", event.atNs)];
  }

  #exec(process: TrackedProcess, event: ExecEvent): readonly JsonObject[] {
    if (process.execAtNs !== undefined && event.atNs < process.execAtNs)
      return this.#lateExec(process, event);
    const { credentials, image: before } = process;
    // What a snapshot found may be the work of this very exec, or of a later one: it did not come before it.
    const isInSnapshot = process.foundAtNs !== undefined && event.atNs <= process.foundAtNs;
    this.#learn(process, event);
    const replaced = isInSnapshot || isBare(before) ? undefined : before;
    const previous =
      replaced === undefined ? process.previous : [...process.previous, replaced].slice(-previousMax);
    process.execAtNs = event.atNs;
    this.#table.setImage(process, imageOfExec(event, before.workingDirectory), previous);
    // Of a process that nothing was known of, what it replaced is not known either.
    this.#decideEntry(process, replaced, replaced === undefined && process.entry === undefined);
    this.#table.touch(process);
    const document = this.#documents.ofProcess(process, "exec", event.atNs);
    return [document, ...this.#identityChanges(process, credentials, event.atNs)];
  }

  /** Of an exec that a later one has overtaken: its image was there, but is not any more. */
  #lateExec(process: TrackedProcess, event: ExecEvent): readonly JsonObject[] {
    this.#learn(process, event);
    const { image, previous } = process;
    const late = imageOfExec(event, image.workingDirectory);
    this.#table.setImage(process, late, previous);
    const document = this.#documents.ofProcess(process, "exec", event.atNs);
    this.#table.setImage(process, image, [...previous, late].slice(-previousMax));
    return [document];
  }

  #exit(process: TrackedProcess, event: ExitEvent): readonly JsonObject[] {
    if (process.exitedAtNs !== undefined) {
      this.#repeatedEvents += 1;
      return noDocuments;
    }
    this.#learn(process, event);
    const document = this.#documents.ofEnd(process, event.atNs, event.exitCode);
    this.#table.exit(process, event.atNs);
    return [document];
  }

  #setsid(process: TrackedProcess, event: SessionEvent): readonly JsonObject[] {
    // Leading a session, it leads a group of that number, and has no terminal yet. Source: setsid(2).
    this.#learn(process, { tty: null, ...event, sid: event.sid ?? event.pid, pgid: event.pgid ?? event.pid });
    return [this.#documents.ofProcess(process, "session_id_change", event.atNs)];
  }

  #changeIds(process: TrackedProcess, event: IdsEvent): readonly JsonObject[] {
    const { credentials } = process;
    this.#learn(process, event);
    return this.#identityChanges(process, credentials, event.atNs);
  }

  #network(process: TrackedProcess, event: NetworkEvent): readonly JsonObject[] {
    this.#learn(process, event);
    return [this.#documents.ofNetwork(process, event)];
  }

  #file(process: TrackedProcess, event: FileEvent): readonly JsonObject[] {
    this.#learn(process, event);
    const document = this.#documents.ofFile(process, event);
    return document === undefined ? noDocuments : [document];
  }

  #learn(process: TrackedProcess, facts: ProcessFacts): void {
    process.learn(facts);
    this.#table.touch(process);
  }

  /** Programs that change their user by being run (set-user-id) do it within the exec. Where the ids before are not known, nothing is said. */
  #identityChanges(
    process: TrackedProcess,
    before: Credentials | undefined,
    atNs: bigint,
  ): readonly JsonObject[] {
    const { credentials } = process;
    if (before === undefined || credentials === undefined || before === credentials) return noDocuments;
    return [
      ...(isSameUser(before, credentials) ? [] : [this.#documents.ofProcess(process, "uid_change", atNs)]),
      ...(isSameGroup(before, credentials) ? [] : [this.#documents.ofProcess(process, "gid_change", atNs)]),
    ];
  }

  /** The process that an event is about, made known if it was not; undefined where its pid has a new owner by now. */
  #processOf(event: ProcessEvent): TrackedProcess | undefined {
    const known = this.#table.get(event.pid);
    if (known === undefined) return this.#adopt(event);
    const age = compareAge(event, known);
    if (age === "older") return undefined;
    if (age === "newer") return this.#adopt(event);
    if (age === "unknown") {
      const hasEnded = !isAliveAt(known, event.atNs) && !comesAfterEnd(event);
      if (hasEnded) return this.#adopt(event);
      if (event.startNs !== undefined) known.learnStart(event.startNs);
    }
    return known;
  }

  #adopt(event: ProcessEvent): TrackedProcess {
    this.#unknownProcesses += 1;
    const process = this.#newProcess(event);
    process.learn(event);
    this.#table.add(process);
    this.#table.setImage(process, imageOfComm(event.comm), []);
    this.#table.touch(process);
    // An exec gives it another image first.
    if (event.kind === "exec") return process;
    this.#decideEntry(process, undefined, true);
    this.#table.touch(process);
    return process;
  }

  #newProcess({ pid, startNs, atNs }: ProcessFacts): TrackedProcess {
    const tick = startNs === undefined ? undefined : startTick(startNs);
    return new TrackedProcess(pid, this.#ids.of(pid, tick ?? startTick(atNs)), tick, atNs);
  }

  #decideEntry(process: TrackedProcess, replaced: Image | undefined, isFoundRunning: boolean): void {
    const { parent, cgroup, container, factsAtNs } = process;
    const entry = entryOf({
      pid: process.pid,
      ppid: process.ppid,
      sid: process.sid,
      tty: process.tty,
      image: process.image,
      replaced,
      pidNamespace: process.namespaces?.pid,
      hostPidNamespace: this.#host.pidNamespace,
      isInContainerGroup:
        container === undefined
          ? this.#containers.ofGroup(cgroup?.path, factsAtNs) !== undefined
          : container !== null,
      containerId: container === null ? null : container?.id,
      vpid: process.vpid,
      isFoundRunning,
      parent: parent && {
        name: parent.image.name,
        pidNamespace: parent.namespaces?.pid,
        containerId: parent.container === null ? null : parent.container?.id,
        entry: parent.entry,
      },
      entry: process.entry,
      leadsEntry: process.entry?.leaderId === process.entityId,
      sessionLeaderEntry: entryOfOther(process.sessionLeader, process),
      groupLeaderEntry: entryOfOther(process.groupLeader, process),
    });
    process.entry = typeof entry === "string" ? beginEntry(entry, process) : entry;
    process.version += 1;
  }

  #takeIn(running: readonly RunningProcess[]): TrackedProcess[] {
    const found: TrackedProcess[] = [];
    for (const facts of running) {
      this.#table.advance(facts.atNs);
      const known = this.#table.get(facts.pid);
      const age = known === undefined ? "newer" : compareAge(facts, known);
      if (known !== undefined && age !== "newer" && (age !== "unknown" || isAliveAt(known, facts.atNs))) {
        if (age !== "older" && known.exitedAtNs === undefined) this.#learn(known, facts);
        continue;
      }
      const process = this.#newProcess(facts);
      process.learn(facts);
      process.foundAtNs = facts.atNs;
      this.#table.add(process);
      this.#table.setImage(process, imageOfRunning(facts), []);
      found.push(process);
    }
    return found;
  }

  #dropVanished(running: readonly RunningProcess[]): void {
    const pids = new Set(running.map(({ pid }) => pid));
    const beganNs = running.reduce<bigint | undefined>(
      (least, { atNs }) => (least === undefined || atNs < least ? atNs : least),
      undefined,
    );
    if (beganNs === undefined) return;
    for (const process of [...this.#table.values()]) {
      if (process.exitedAtNs !== undefined || pids.has(process.pid) || process.factsAtNs >= beganNs) continue;
      this.#vanishedProcesses += 1;
      this.#table.exit(process, beganNs);
    }
  }
}

/** A process that ends is told so once, and then closes what it had open. */
function comesAfterEnd({ kind }: ProcessEvent): boolean {
  return kind === "exit" || kind === "disconnect";
}

type Age = "older" | "same" | "newer" | "unknown";

/** Whether what facts speak of is an older process than the known one with its pid, the same, or a newer one. */
function compareAge(facts: ProcessFacts, known: TrackedProcess): Age {
  if (known.startTick === undefined) return "unknown";
  if (facts.startNs === undefined) return startTick(facts.atNs) < known.startTick ? "older" : "unknown";
  const tick = startTick(facts.startNs);
  return tick === known.startTick ? "same" : tick < known.startTick ? "older" : "newer";
}

function isAliveAt(process: TrackedProcess, atNs: bigint): boolean {
  return process.exitedAtNs === undefined || atNs <= process.exitedAtNs;
}

/** What a child has from the process that made it. Its image comes from the same: under CLONE_PARENT the parent is another. */
function inherit(child: TrackedProcess, forker: TrackedProcess): void {
  child.ppid = forker.pid;
  child.pgid = forker.pgid;
  child.sid = forker.sid;
  child.tty = forker.tty;
  child.standardFiles = forker.standardFiles;
  child.credentials = forker.credentials;
  child.capabilities = forker.capabilities;
  child.namespaces = forker.namespaces;
  child.cgroup = forker.cgroup;
  child.container = forker.container;
  child.comm = forker.comm;
  child.entry = forker.entry;
}

/** True where only a name is known, so that it is not worth showing as what a process was before. */
function isBare({ executable, args }: Image): boolean {
  return executable === undefined && args === undefined;
}

function beginEntry(type: EntryType, leader: TrackedProcess): Entry {
  const { parent, image, cgroup } = leader;
  const sourceIp = type === "sshd" ? sshClient(image.environment) : undefined;
  const cgroupPath = type === "container" ? cgroup?.path : undefined;
  return {
    type,
    leaderPid: leader.pid,
    leaderId: leader.entityId,
    ...(parent !== undefined && {
      parent: { pid: parent.pid, entityId: parent.entityId, startTick: parent.startTick },
    }),
    ...(sourceIp !== undefined && { sourceIp }),
    ...(cgroupPath !== undefined && { cgroupPath }),
  };
}

function entryOfOther(leader: TrackedProcess | undefined, process: TrackedProcess): Entry | undefined {
  return leader === process ? undefined : leader?.entry;
}

/** Processes so ordered that whoever another may inherit from comes first: by age, and where that is equal leaders first. */
function parentsFirst(processes: readonly TrackedProcess[], table: ProcessTable): TrackedProcess[] {
  const ordered = [...processes].sort(
    (a, b) =>
      (a.startTick ?? 0) - (b.startTick ?? 0) ||
      Number(b.pid === b.sid) - Number(a.pid === a.sid) ||
      a.pid - b.pid,
  );
  const waiting = new Set(ordered);
  const result: TrackedProcess[] = [];
  for (const process of ordered) {
    const line: TrackedProcess[] = [];
    let next: TrackedProcess | undefined = process;
    while (next !== undefined && waiting.delete(next)) {
      line.push(next);
      next = next.ppid === undefined ? undefined : table.get(next.ppid);
    }
    result.push(...line.reverse());
  }
  return result;
}
