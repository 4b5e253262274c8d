import type { Entry } from "../session/entry.ts";
import { type Image, lightImageOf } from "./image.ts";
import { ProcessList } from "./process-list.ts";
import { noImage, type TrackedProcess } from "./tracked-process.ts";

export interface TableLimits {
  /** How many processes are remembered, exited ones included. */
  readonly processesMax: number;
  /** How many bytes of arguments, environments and paths, about. */
  readonly textBytesMax: number;
}

const roles = ["groupLeader", "sessionLeader", "entryLeader"] as const;
type Role = (typeof roles)[number];

/** For how long a process that has exited is still known: for events that come late, and for what names it as its parent. */
export const graceNs = 30_000_000_000n;

/** How many ancestors a process knows. */
const ancestorsMax = 20;

/** How many leaders are passed over in the search for someone to forget. */
const passedOverMax = 32;

/**
 * The processes that are known, by pid. One that exits is kept for a while, and as long as a living process has it for a leader. At a limit it forgets
 * first those that have exited, then, where it is text that there is too much of, the text of those that have more than their share, then those that have
 * been silent longest and lead no one. So a few processes with long arguments push out no others.
 */
export class ProcessTable {
  readonly evicted = { exited: 0, living: 0, texts: 0 };
  readonly #limits: TableLimits;
  readonly #byPid = new Map<number, TrackedProcess>();
  /** The living, the one with the oldest last event first. */
  readonly #living = new ProcessList<TrackedProcess>();
  /** Those that have exited and lead no one, the first to be forgotten first. */
  readonly #exited = new ProcessList<TrackedProcess>();
  /** Those that have exited and lead someone. */
  readonly #kept = new ProcessList<TrackedProcess>();
  readonly #holders = new Map<Image, number>();
  /** Those with more text than their share, since when the longest first. */
  readonly #heavy = new Set<TrackedProcess>();
  #textBytes = 0;
  #nowNs = 0n;

  constructor(limits: TableLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#byPid.size;
  }

  get livingCount(): number {
    return this.#living.size;
  }

  /** About how many bytes of text its processes hold. */
  get textBytes(): number {
    return this.#textBytes;
  }

  get(pid: number): TrackedProcess | undefined {
    return this.#byPid.get(pid);
  }

  values(): Iterable<TrackedProcess> {
    return this.#byPid.values();
  }

  /** Takes in a process, in place of one that had its pid before. */
  add(process: TrackedProcess): void {
    const before = this.#byPid.get(process.pid);
    if (before !== undefined) this.#remove(before);
    this.#byPid.set(process.pid, process);
    this.#living.append(process);
    process.isInTable = true;
    this.#shrink(process);
  }

  /** Gives a process its image and those before it. */
  setImage(process: TrackedProcess, image: Image, previous: readonly Image[]): void {
    this.#exchangeImages(process, image, previous);
    this.#shrink(process);
  }

  /** Notes an event of a process, and finds its relatives anew where they have changed. */
  touch(process: TrackedProcess): void {
    if (process.exitedAtNs === undefined) this.#living.moveToEnd(process);
    const parent = this.#parent(process);
    process.parent = parent;
    if (parent !== undefined && process.ancestry[0] !== parent.entityId) {
      process.ancestry = [parent.entityId, ...parent.ancestry.slice(0, ancestorsMax - 1)];
      process.version += 1;
    }
    this.#follow(process, "groupLeader", this.#leader(process, process.groupLeader, process.pgid));
    this.#follow(process, "sessionLeader", this.#sessionLeader(process));
    this.#follow(process, "entryLeader", this.#entryLeader(process, process.entry));
  }

  /** The parent, if it is known and has not handed its pid on. */
  #parent(process: TrackedProcess): TrackedProcess | undefined {
    const { ppid, pid, parentStartTick } = process;
    const parent = ppid === undefined || ppid === 0 || ppid === pid ? undefined : this.#byPid.get(ppid);
    if (parent === undefined) return undefined;
    if (parentStartTick !== undefined && parent.startTick !== undefined) {
      return parent.startTick === parentStartTick ? parent : undefined;
    }
    // Who takes over orphans is older than they are as well.
    return isYounger(parent, process) ? undefined : parent;
  }

  /** Notes that a process has exited: it leads on, but is no member any more. */
  exit(process: TrackedProcess, atNs: bigint): void {
    for (const role of roles) this.#release(process, process[role]);
    this.#living.remove(process);
    process.exitedAtNs = atNs;
    // By when it was heard of: who is forgotten first then stands first in the list, however late an exit is told.
    process.dueNs = (atNs > this.#nowNs ? atNs : this.#nowNs) + graceNs;
    this.#listExited(process);
  }

  /** Lets time pass: forgets those whose time has come. Time that runs backwards changes nothing. */
  advance(nowNs: bigint): void {
    if (nowNs <= this.#nowNs) return;
    this.#nowNs = nowNs;
    let process = this.#exited.oldest;
    while (process !== undefined && process.dueNs <= nowNs) {
      this.#remove(process);
      process = this.#exited.oldest;
    }
  }

  /** The leader with a pid; the same as before while that is still known. */
  #leader(
    process: TrackedProcess,
    before: TrackedProcess | undefined,
    pid: number | undefined,
  ): TrackedProcess | undefined {
    if (pid === undefined || pid === 0) return undefined;
    if (pid === process.pid) return process;
    return before?.pid === pid && before.isInTable ? before : this.#byPid.get(pid);
  }

  /** A session's leader made it and then its members. A younger one has the number from a session whose end was missed. */
  #sessionLeader(process: TrackedProcess): TrackedProcess | undefined {
    const leader = this.#leader(process, process.sessionLeader, process.sid);
    return leader !== undefined && isYounger(leader, process) ? undefined : leader;
  }

  #entryLeader(process: TrackedProcess, entry: Entry | undefined): TrackedProcess | undefined {
    if (entry === undefined) return undefined;
    const { entryLeader: before } = process;
    if (before?.entityId === entry.leaderId && before.isInTable) return before;
    const leader = this.#byPid.get(entry.leaderPid);
    return leader?.entityId === entry.leaderId ? leader : undefined;
  }

  #follow(process: TrackedProcess, role: Role, leader: TrackedProcess | undefined): void {
    const before = process[role];
    if (leader === before) return;
    this.#release(process, before);
    if (leader !== undefined && leader !== process && process.exitedAtNs === undefined) {
      if (leader.members === 0 && leader.exitedAtNs !== undefined) {
        this.#exited.remove(leader);
        this.#kept.append(leader);
      }
      leader.members += 1;
    }
    process[role] = leader;
    process.version += 1;
  }

  #release(process: TrackedProcess, leader: TrackedProcess | undefined): void {
    if (leader === undefined || leader === process || process.exitedAtNs !== undefined || !leader.isInTable)
      return;
    leader.members -= 1;
    if (leader.members > 0 || leader.exitedAtNs === undefined) return;
    this.#kept.remove(leader);
    leader.dueNs = this.#nowNs + graceNs;
    this.#exited.append(leader);
  }

  #listExited(process: TrackedProcess): void {
    if (process.members > 0) this.#kept.append(process);
    else this.#exited.append(process);
  }

  #remove(process: TrackedProcess): void {
    if (process.exitedAtNs !== undefined) (process.members > 0 ? this.#kept : this.#exited).remove(process);
    else {
      for (const role of roles) this.#release(process, process[role]);
      this.#living.remove(process);
    }
    this.#byPid.delete(process.pid);
    process.isInTable = false;
    // Those that it led may still point at it: nothing large must hang on that.
    this.#exchangeImages(process, noImage, []);
    process.memo = undefined;
    process.parent = undefined;
    for (const role of roles) process[role] = undefined;
  }

  #exchangeImages(process: TrackedProcess, image: Image, previous: readonly Image[]): void {
    for (const taken of [image, ...previous]) this.#hold(taken);
    for (const left of [process.image, ...process.previous]) this.#letGo(left);
    if (this.#isHeavy(image, previous)) this.#heavy.add(process);
    else this.#heavy.delete(process);
    process.image = image;
    process.previous = previous;
    process.version += 1;
  }

  #isHeavy(image: Image, previous: readonly Image[]): boolean {
    const { processesMax, textBytesMax } = this.#limits;
    return previous.reduce((sum, { size }) => sum + size, image.size) * processesMax > textBytesMax;
  }

  #hold(image: Image): void {
    if (image === noImage) return;
    const holders = this.#holders.get(image) ?? 0;
    if (holders === 0) this.#textBytes += image.size;
    this.#holders.set(image, holders + 1);
  }

  #letGo(image: Image): void {
    if (image === noImage) return;
    const holders = (this.#holders.get(image) ?? 0) - 1;
    if (holders > 0) this.#holders.set(image, holders);
    else {
      this.#holders.delete(image);
      this.#textBytes -= image.size;
    }
  }

  #shrink(spared: TrackedProcess): void {
    while (this.#byPid.size > this.#limits.processesMax || this.#textBytes > this.#limits.textBytesMax) {
      if (this.#lighten(spared)) continue;
      const process = this.#dispensable(spared);
      if (process === undefined) return;
      if (process.exitedAtNs === undefined) this.evicted.living += 1;
      else this.evicted.exited += 1;
      this.#remove(process);
    }
  }

  /** Where there is too much text, but nobody who has exited to forget: leaves a process that has much only its name and paths. */
  #lighten(spared: TrackedProcess): boolean {
    if (this.#byPid.size > this.#limits.processesMax || oldestBut(this.#exited, spared) !== undefined)
      return false;
    for (const process of this.#heavy) {
      if (process === spared) continue;
      this.#exchangeImages(process, lightImageOf(process.image), []);
      process.memo = undefined;
      // Its paths alone may be long.
      this.#heavy.delete(process);
      this.evicted.texts += 1;
      return true;
    }
    return false;
  }

  #dispensable(spared: TrackedProcess): TrackedProcess | undefined {
    return (
      oldestBut(this.#exited, spared) ??
      this.#silentMember(spared) ??
      oldestBut(this.#kept, spared) ??
      oldestBut(this.#living, spared)
    );
  }

  /** One that has been silent for long and leads no one, if the first few have one. */
  #silentMember(spared: TrackedProcess): TrackedProcess | undefined {
    for (let passed = 0; passed < passedOverMax; passed++) {
      const process = this.#living.oldest;
      if (process === undefined || (process !== spared && process.members === 0)) return process;
      this.#living.moveToEnd(process);
    }
    return undefined;
  }
}

function isYounger(a: TrackedProcess, b: TrackedProcess): boolean {
  return a.startTick !== undefined && b.startTick !== undefined && a.startTick > b.startTick;
}

function oldestBut(list: ProcessList<TrackedProcess>, spared: TrackedProcess): TrackedProcess | undefined {
  return list.oldest === spared ? spared.newer : list.oldest;
}
