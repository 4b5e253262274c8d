import type { KernelEvent, ProcessFacts } from "../kernel-event.ts";
import { type Entry, entryOf } from "../session/entry.ts";

/** What is compared of a document. */
export interface Told {
  readonly action: string;
  readonly key: string;
  readonly name: string;
  readonly previous: readonly string[];
  readonly parent: string | undefined;
  readonly groupLeader: string | undefined;
  readonly sessionLeader: string | undefined;
  readonly entryLeader: string | undefined;
  readonly entryType: string | undefined;
}

/** A process; `key` stands for its entity id. */
interface Person {
  readonly pid: number;
  readonly startNs: bigint;
  readonly key: string;
  factsAtNs: bigint;
  execAtNs: bigint | undefined;
  ppid: number | undefined;
  pgid: number | undefined;
  sid: number | undefined;
  name: string;
  isBare: boolean;
  previous: string[];
  entry: Entry | undefined;
  isExited: boolean;
  dueNs: bigint;
  /** Whom it went by at its last event. */
  leaders: {
    group?: Person | undefined;
    session?: Person | undefined;
    entry?: Person | undefined;
    parent?: Person | undefined;
  };
  ledSomeone: boolean;
}

const graceNs = 30_000_000_000n;

/**
 * The process table as it would be written if neither time nor memory cost anything: a list that is searched. Every event must carry `startNs`, on a whole
 * hundredth of a second. It asks the same function for the type of an entry, which has tests of its own.
 */
export class ReferenceModel {
  people: Person[] = [];
  #nowNs = 0n;

  handle(event: KernelEvent): Told[] {
    if (event.kind === "lost" || event.startNs === undefined) return [];
    if (event.atNs > this.#nowNs) this.#nowNs = event.atNs;
    this.people = this.people.filter(
      (person) => !person.isExited || this.#leads(person) || person.dueNs > this.#nowNs,
    );
    const told = this.#told(event, event.startNs);
    this.#noteLeaders();
    return told;
  }

  /** Who has exited is due some time after the last of those that it led. */
  #noteLeaders(): void {
    for (const person of this.people) {
      const leads = this.#leads(person);
      if (person.isExited && person.ledSomeone && !leads) person.dueNs = this.#nowNs + graceNs;
      person.ledSomeone = leads;
    }
  }

  #told(event: Exclude<KernelEvent, { kind: "lost" }>, startNs: bigint): Told[] {
    let person = this.#find(event.pid);
    if (person !== undefined && startNs < person.startNs) return [];
    if (event.kind === "fork") {
      if (person?.startNs === startNs) return [];
      return [this.#born(event, startNs)].map((child) => this.#tell(child, "fork"));
    }
    if (person?.startNs !== startNs) person = this.#adopted(event, startNs);
    if (event.kind === "exit" && person.isExited) return [];
    this.#learn(person, event);
    if (event.kind === "setsid")
      this.#learn(person, { ...event, sid: event.pid, pgid: event.pgid ?? event.pid });
    if (event.kind === "exec" && person.execAtNs !== undefined && event.atNs < person.execAtNs) {
      const name = (event.filename ?? "").slice(1);
      const told = { ...this.#tell(person, event.kind), name };
      person.previous.push(name);
      return [told];
    }
    if (event.kind === "exec") {
      person.execAtNs = event.atNs;
      const before = person.isBare ? undefined : person.name;
      if (before !== undefined) person.previous.push(before);
      person.name = (event.filename ?? "").slice(1);
      person.isBare = false;
      this.#decide(person, before, false);
    }
    const told = this.#tell(person, event.kind);
    if (event.kind === "exit") {
      this.#noteLeaders();
      person.isExited = true;
      person.dueNs = this.#nowNs + graceNs;
    }
    return [told];
  }

  #born(event: KernelEvent & { kind: "fork" }, startNs: bigint): Person {
    const forker = this.#find(event.forkerPid ?? event.ppid ?? -1);
    const child = this.#person(event, startNs);
    if (forker !== undefined && forker.pid !== event.pid) {
      child.ppid = forker.pid;
      child.pgid = forker.pgid;
      child.sid = forker.sid;
      child.name = forker.name;
      child.isBare = forker.isBare;
      child.entry = forker.entry;
    }
    this.#learn(child, event);
    child.entry ??= child.leaders.parent?.entry;
    this.#relate(child);
    return child;
  }

  #adopted(event: ProcessFacts, startNs: bigint): Person {
    const person = this.#person(event, startNs);
    this.#learn(person, event);
    this.#decide(person, undefined, true);
    return person;
  }

  #person({ pid, atNs }: ProcessFacts, startNs: bigint): Person {
    this.people = this.people.filter((other) => other.pid !== pid);
    const person: Person = {
      pid,
      startNs,
      key: `${pid}@${startNs}`,
      factsAtNs: atNs,
      execAtNs: undefined,
      ppid: undefined,
      pgid: undefined,
      sid: undefined,
      name: "",
      isBare: true,
      previous: [],
      entry: undefined,
      isExited: false,
      dueNs: 0n,
      leaders: {},
      ledSomeone: false,
    };
    this.people.push(person);
    return person;
  }

  #learn(person: Person, facts: ProcessFacts): void {
    if (facts.atNs >= person.factsAtNs) {
      person.factsAtNs = facts.atNs;
      person.ppid = facts.ppid ?? person.ppid;
      person.pgid = facts.pgid ?? person.pgid;
      person.sid = facts.sid ?? person.sid;
    }
    this.#relate(person);
  }

  #relate(person: Person): void {
    const found = (pid: number | undefined) => (pid === undefined || pid === 0 ? undefined : this.#find(pid));
    const older = (other: Person | undefined) =>
      other && other.startNs > person.startNs ? undefined : other;
    const parent = older(found(person.ppid));
    const entryLeader = found(person.entry?.leaderPid);
    person.leaders = {
      parent: parent === person ? undefined : parent,
      group: found(person.pgid),
      session: older(found(person.sid)),
      entry: entryLeader?.key === person.entry?.leaderId ? entryLeader : undefined,
    };
  }

  #decide(person: Person, before: string | undefined, isFoundRunning: boolean): void {
    const { parent, session, group } = person.leaders;
    const entry = entryOf({
      pid: person.pid,
      ppid: person.ppid,
      sid: person.sid,
      tty: undefined,
      image: { name: person.name },
      replaced: before === undefined ? undefined : { name: before },
      pidNamespace: undefined,
      hostPidNamespace: undefined,
      isInContainerGroup: false,
      isFoundRunning,
      parent: parent && { name: parent.name, pidNamespace: undefined, entry: parent.entry },
      entry: person.entry,
      leadsEntry: person.entry?.leaderId === person.key,
      sessionLeaderEntry: session === person ? undefined : session?.entry,
      groupLeaderEntry: group === person ? undefined : group?.entry,
    });
    person.entry =
      typeof entry === "string" ? { type: entry, leaderPid: person.pid, leaderId: person.key } : entry;
    this.#relate(person);
  }

  #tell(person: Person, kind: string): Told {
    const { parent, group, session } = person.leaders;
    return {
      action: kind,
      key: person.key,
      name: person.name,
      previous: person.previous.slice(-16),
      parent: parent?.key,
      groupLeader: group?.key,
      sessionLeader: session?.key,
      entryLeader: person.entry?.leaderId,
      entryType: person.entry?.type,
    };
  }

  #leads(person: Person): boolean {
    return this.people.some(
      (other) =>
        other !== person &&
        !other.isExited &&
        [other.leaders.group, other.leaders.session, other.leaders.entry].includes(person),
    );
  }

  #find(pid: number): Person | undefined {
    return this.people.find((person) => person.pid === pid);
  }
}
