import type { CharDevice } from "../kernel-event.ts";
import { terminalKind } from "./char-device.ts";

/** How a session got onto the host. */
export type EntryType = "init" | "terminal" | "console" | "ssm" | "sshd" | "container" | "unknown";

/** A way into the host that a process and its descendants share: its leader, and of which type it is. */
export interface Entry {
  readonly type: EntryType;
  readonly leaderPid: number;
  readonly leaderId: string;
  /** Who had started the leader when the entry began. */
  readonly parent?: {
    readonly pid: number;
    readonly entityId: string;
    readonly startTick: number | undefined;
  };
  /** Where the session came from, for `sshd`. */
  readonly sourceIp?: string;
  /** The path of the leader's control group when the entry began, for `container`. */
  readonly cgroupPath?: string;
}

/** What the decision looks at, of a process that has just called exec or was found running. */
export interface EntrySubject {
  readonly pid: number;
  readonly ppid: number | undefined;
  /** Undefined where the source does not know sessions. */
  readonly sid: number | undefined;
  readonly tty: CharDevice | null | undefined;
  readonly image: EntryImage;
  /** The image that the exec replaced; undefined where none is known, as of a process that was found running. */
  readonly replaced: EntryImage | undefined;
  readonly pidNamespace: number | undefined;
  readonly hostPidNamespace: number | undefined;
  /** True when its control group names a container. */
  readonly isInContainerGroup: boolean;
  /** The id of its container where the source itself tells of containers, null for none; undefined where it does not. */
  readonly containerId?: string | null | undefined;
  /** Its id in its own pid namespace. */
  readonly vpid?: number | undefined;
  /** True for a process that was found running: what it replaced, and who its parent was then, is not known. */
  readonly isFoundRunning: boolean;
  /** Undefined where the parent is not known. */
  readonly parent: EntryParent | undefined;
  /** The entry that it has so far, its own or its forker's; undefined for a process that has just become known. */
  readonly entry: Entry | undefined;
  /** True where it leads that entry. */
  readonly leadsEntry: boolean;
  readonly sessionLeaderEntry: Entry | undefined;
  readonly groupLeaderEntry: Entry | undefined;
}

export interface EntryImage {
  readonly name: string;
  readonly args?: readonly string[];
}

interface EntryParent {
  readonly name: string;
  readonly pidNamespace: number | undefined;
  readonly containerId?: string | null | undefined;
  readonly entry: Entry | undefined;
}

const runtimes = ["containerd-shim", "runc", "conmon"];
// Not known to Elastic's rules. Whole names, since `crunch` is no runtime.
const otherRuntimes = ["crun", "youki"];
/** Programs that container runtimes start on the host, not in the container. */
const notEntries = ["runc", "containerd-shim", "calico-node", "check-status", "conmon"];
const sshServers = ["sshd", "sshd-session", "sshd-auth"];

/**
 * The entry of a process: a type where it begins one of its own, an entry that it inherits, or undefined where it has none.
 *
 * The rules and their order are those of Elastic's Beats (`sessionmd/processdb`), with additions for what they miss: containers whose runtime has left
 * (`runc run -d`), containers that were there before the sensor, crun, youki, and OpenSSH from 9.8 on. Where the session is unknown, names alone decide.
 * What runs in a container leaves it for another container at most: whoever is inside chooses names, parents and terminals.
 */
export function entryOf(subject: EntrySubject): EntryType | Entry | undefined {
  const { pid, ppid, sid, parent } = subject;
  if (pid === 1 || pid === 2 || ppid === 2) return undefined;
  const isLeader = pid === sid;
  const own = isLeader ? typeOfLeader(subject) : sid === undefined ? typeByNames(subject) : undefined;
  const soFar = subject.entry ?? parent?.entry;
  // The first process of a container still is it after `exec nginx` at the end of its entrypoint.
  if (soFar?.type === "container" && (own !== "container" || subject.leadsEntry)) return soFar;
  const inherited = () => parent?.entry ?? subject.sessionLeaderEntry ?? subject.groupLeaderEntry;
  return own ?? inherited() ?? typeOfOrphan(subject, isLeader);
}

function typeOfLeader(subject: EntrySubject): EntryType | undefined {
  const terminal = terminalKind(subject.tty);
  if (terminal === "serial") return "terminal";
  if (terminal === "console" && subject.image.name === "login") return "console";
  if (beginsContainer(subject)) return "container";
  if (subject.ppid === 1) return "init";
  return typeByParent(subject);
}

/** Of a process whose session is unknown: it may have a parent of pid 1 because its own has ended, so that says nothing yet. */
function typeByNames(subject: EntrySubject): EntryType | undefined {
  return beginsContainer(subject) ? "container" : typeByParent(subject);
}

function typeOfOrphan(subject: EntrySubject, isLeader: boolean): EntryType | undefined {
  if (isLeader) return "unknown";
  return subject.sid === undefined && subject.ppid === 1 ? "init" : undefined;
}

function typeByParent({ image, parent, tty }: EntrySubject): EntryType | undefined {
  if (parent === undefined || isOneOf(image.name, notEntries, otherRuntimes)) return undefined;
  if (parent.name === "ssm-session-worker" && terminalKind(tty) === "pts") return "ssm";
  if (sshServers.includes(parent.name) && !sshServers.includes(image.name)) return "sshd";
  return isOneOf(parent.name, runtimes, otherRuntimes) ? "container" : undefined;
}

/** True for a container's first process by signs other than its parent, which has often left by the time of the exec. */
function beginsContainer(subject: EntrySubject): boolean {
  const { image, replaced } = subject;
  if (isFirstInToldContainer(subject)) return true;
  if (subject.isFoundRunning) return isFoundInContainer(subject);
  if (replaced === undefined || isRuncInit(image)) return false;
  if (isRuncInit(replaced)) return true;
  // These two have no init of their own: what they replace in a container looks like what they replace in a hook on the host.
  return (
    isOneOf(replaced.name, [], otherRuntimes) &&
    !isOneOf(image.name, [], otherRuntimes) &&
    (subject.isInContainerGroup || isInOtherNamespace(subject.pidNamespace, subject.hostPidNamespace))
  );
}

/**
 * Where a source tells containers itself: the first process of one, or one that was put into it from outside (`docker exec`). The runtime's own programs,
 * which are inside before they exec the container's command, are not meant.
 */
function isFirstInToldContainer({ containerId, image, parent, vpid }: EntrySubject): boolean {
  if (containerId === undefined || containerId === null) return false;
  if (isOneOf(image.name, notEntries, otherRuntimes) || isRuncInit(image)) return false;
  return (
    vpid === 1 || (parent?.containerId !== undefined && !isSameContainer(parent.containerId, containerId))
  );
}

/** Sources that do not know a container's whole id tell its first characters, as Docker shows them. */
function isSameContainer(a: string | null, b: string): boolean {
  return a !== null && (a.startsWith(b) || b.startsWith(a));
}

/** A pid namespace alone is no container: bubblewrap and browsers make them too. */
function isFoundInContainer(subject: EntrySubject): boolean {
  const { image, parent, pidNamespace, isInContainerGroup } = subject;
  if (isOneOf(image.name, notEntries, otherRuntimes)) return false;
  if (!isInOtherNamespace(pidNamespace, parent?.pidNamespace ?? subject.hostPidNamespace)) return false;
  return isInContainerGroup || (parent !== undefined && isOneOf(parent.name, runtimes, otherRuntimes));
}

function isInOtherNamespace(own: number | undefined, other: number | undefined): boolean {
  return own !== undefined && other !== undefined && own !== other;
}

/** What runc runs inside a container before it execs the container's command: `runc init`. */
function isRuncInit({ args }: EntryImage): boolean {
  const program = args?.[0];
  return (
    args?.[1] === "init" && program !== undefined && program.slice(program.lastIndexOf("/") + 1) === "runc"
  );
}

function isOneOf(name: string, beginnings: readonly string[], names: readonly string[]): boolean {
  return beginnings.some((beginning) => name.startsWith(beginning)) || names.includes(name);
}
