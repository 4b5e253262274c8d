import type {
  Capabilities,
  Cgroup,
  CharDevice,
  Credentials,
  KnownContainer,
  Namespaces,
  ProcessFacts,
} from "../kernel-event.ts";
import { isSameDevice } from "../session/char-device.ts";
import { startTick } from "../session/entity-id.ts";
import type { Entry } from "../session/entry.ts";
import { type Image, imageOfComm } from "./image.ts";
import type { Listed } from "./process-list.ts";

/** What is known of a process: the newest facts, its image, and its place among others. Only the table changes images, relations and life. */
export class TrackedProcess implements Listed<TrackedProcess> {
  readonly pid: number;
  readonly entityId: string;
  /** Undefined while no source has told it. */
  startTick: number | undefined;

  ppid: number | undefined;
  /** The parent's start tick, where a source tells it: proof against a parent whose pid has a new owner. */
  parentStartTick: number | undefined;
  pgid: number | undefined;
  sid: number | undefined;
  vpid: number | undefined;
  tty: CharDevice | null | undefined;
  standardFiles: readonly (CharDevice | null)[] | undefined;
  credentials: Credentials | undefined;
  capabilities: Capabilities | undefined;
  namespaces: Namespaces | undefined;
  cgroup: Cgroup | undefined;
  container: KnownContainer | null | undefined;
  comm: string | undefined;
  entry: Entry | undefined;

  image: Image = noImage;
  /** The images that it had before, the oldest first, its forker's included. */
  previous: readonly Image[] = [];
  /** Grows with each change that documents show. */
  version = 0;
  /** A place for whoever shows processes to keep what it made of this version. */
  memo: unknown;
  /** When the newest of these facts held, in nanoseconds since boot. */
  factsAtNs: bigint;
  /** When the exec happened that its image is from; undefined for a forker's image, and one found running. */
  execAtNs: bigint | undefined;
  /** For a process found running: when. Events until then may already be in what was found. */
  foundAtNs: bigint | undefined;

  // Kept by the table.
  parent: TrackedProcess | undefined;
  /** Entity ids of the parent, its parent and so on. Whoever lost its parent keeps the rest of them. */
  ancestry: readonly string[] = [];
  groupLeader: TrackedProcess | undefined;
  sessionLeader: TrackedProcess | undefined;
  entryLeader: TrackedProcess | undefined;
  /** How many times it is another living process's leader. */
  members = 0;
  exitedAtNs: bigint | undefined;
  /** When it may be forgotten, once it has exited and leads no one. */
  dueNs = 0n;
  isInTable = false;
  older: TrackedProcess | undefined;
  newer: TrackedProcess | undefined;

  constructor(pid: number, entityId: string, tick: number | undefined, factsAtNs: bigint) {
    this.pid = pid;
    this.entityId = entityId;
    this.startTick = tick;
    this.factsAtNs = factsAtNs;
  }

  /** Learns when it started, from a source that did not tell at first. The entity id stays. */
  learnStart(startNs: bigint): void {
    if (this.startTick !== undefined) return;
    this.startTick = startTick(startNs);
    this.version += 1;
  }

  /** Takes over what an event tells and this did not know, unless the event is older than what is known. */
  learn(facts: ProcessFacts): void {
    if (facts.atNs < this.factsAtNs) return;
    this.factsAtNs = facts.atNs;
    this.#learnRelations(facts);
    if (facts.tty !== undefined && !isSameDevice(facts.tty, this.tty)) {
      this.tty = facts.tty;
      this.version += 1;
    }
    if (facts.standardFiles !== undefined) {
      this.standardFiles = facts.standardFiles;
      this.version += 1;
    }
    this.#learnPowers(facts);
    if (facts.namespaces !== undefined) this.namespaces = facts.namespaces;
    if (facts.cgroup !== undefined) this.#learnCgroup(facts.cgroup);
    if (facts.container !== undefined && facts.container !== this.container) {
      this.container = facts.container;
      this.version += 1;
    }
    if (facts.comm !== undefined) this.comm = facts.comm;
  }

  /** Most events tell a group's id alone. The path then stays the one that was told last. */
  #learnCgroup(cgroup: Cgroup): void {
    const { id = this.cgroup?.id, path = this.cgroup?.path } = cgroup;
    // What is equal stays the forker's own object.
    if (id !== this.cgroup?.id || path !== this.cgroup?.path) this.cgroup = { ...this.cgroup, ...cgroup };
  }

  #learnRelations({ ppid, parentStartNs, pgid, sid, vpid }: ProcessFacts): void {
    if (ppid !== undefined && ppid !== this.ppid) {
      this.ppid = ppid;
      this.parentStartTick = undefined;
      this.version += 1;
    }
    if (parentStartNs !== undefined) this.parentStartTick = startTick(parentStartNs);
    if (pgid !== undefined && pgid !== this.pgid) {
      this.pgid = pgid;
      this.version += 1;
    }
    if (sid !== undefined && sid !== this.sid) {
      this.sid = sid;
      this.version += 1;
    }
    if (vpid !== undefined && vpid !== this.vpid) {
      this.vpid = vpid;
      this.version += 1;
    }
  }

  #learnPowers({ credentials, capabilities }: ProcessFacts): void {
    if (credentials !== undefined && !isKnown(credentials, this.credentials)) {
      this.credentials =
        this.credentials === undefined ? credentials : { ...this.credentials, ...credentials };
      this.version += 1;
    }
    if (capabilities !== undefined && !isSameCapabilities(capabilities, this.capabilities)) {
      this.capabilities = capabilities;
      this.version += 1;
    }
  }
}

/** Of a process of which nothing is known, not even its short name. */
export const noImage: Image = imageOfComm(undefined);

/** Sources may tell some of the ids alone, and not the same ones each time. */
function isKnown(told: Credentials, known: Credentials | undefined): boolean {
  return (
    known !== undefined &&
    [...userIds, ...groupIds].every((id) => told[id] === undefined || told[id] === known[id])
  );
}

/** False when an id of the user is known to have changed. */
export function isSameUser(a: Credentials, b: Credentials): boolean {
  return userIds.every((id) => isSameId(a[id], b[id]));
}

/** False when an id of the group is known to have changed. */
export function isSameGroup(a: Credentials, b: Credentials): boolean {
  return groupIds.every((id) => isSameId(a[id], b[id]));
}

const userIds = ["uid", "euid", "suid"] as const;
const groupIds = ["gid", "egid", "sgid"] as const;

function isSameId(a: number | undefined, b: number | undefined): boolean {
  return a === undefined || b === undefined || a === b;
}

function isSameCapabilities(a: Capabilities, b: Capabilities | undefined): boolean {
  return b !== undefined && a.effective === b.effective && a.permitted === b.permitted;
}
