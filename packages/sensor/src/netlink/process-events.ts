import type { ExecEvent, KernelEvent } from "@tallyman/session-model";
import { howItEnded } from "../exit-status.ts";
import { libc } from "../native/libc.ts";
import type { ProcReader } from "../proc/read-processes.ts";
import type { ProcEvent } from "./proc-connector.ts";

/** How long what the connector and what audit say of an exec wait for each other. Other events wait behind an exec, since none may overtake. */
const patienceMs = 200;
/** When more wait, on both sides together, what has been missing for so long is given up even if it still lies unread in a socket. */
const waitingMax = 10_000;

interface Waiting {
  event: KernelEvent;
  /** For what audit says of an exec, until then; not at all with 0. */
  untilMs: number;
}

/**
 * Makes events of what the proc connector says, which is hardly more than a process's id, and of what `/proc` shows of the process at that
 * moment, if it has not ended. Where audit is there as well, it completes execs.
 */
export class ProcessEvents {
  readonly #proc: ProcReader;
  readonly #patienceMs: number;
  #waiting: Waiting[] = [];
  #early: { readonly exec: ExecEvent; readonly untilMs: number }[] = [];

  constructor(proc: ProcReader, options: { readonly waitsForAudit: boolean }) {
    this.#proc = proc;
    this.#patienceMs = options.waitsForAudit ? patienceMs : 0;
  }

  /** To be called at once: what is asked of `/proc` may be gone soon. */
  add(event: ProcEvent): void {
    const { pid } = event;
    const atNs = event.monotonicNs + libc().bootClockNs() - libc().monotonicClockNs();
    switch (event.kind) {
      case "fork":
        this.#push({ kind: "fork", ...this.#proc.readStat(pid), pid, atNs, ppid: event.ppid });
        break;
      case "exec":
        this.#pushExec(this.#execOf(pid, atNs));
        break;
      case "setsid":
        // The new session's id is the process's, and it has no terminal yet.
        this.#push({
          kind: "setsid",
          ...this.#proc.readStat(pid),
          pid,
          atNs,
          sid: pid,
          pgid: pid,
          tty: null,
        });
        break;
      case "ids":
        this.#push({ kind: "ids", ...this.#proc.readStatus(pid), pid, atNs });
        break;
      case "exit":
        this.#push({ kind: "exit", pid, atNs, ...howItEnded(event.status) });
        break;
    }
  }

  /** An exec with the time of the wall clock. */
  addAudit(exec: ExecEvent): void {
    const waiting = this.#waiting.find(({ event, untilMs }) => untilMs > 0 && isExecOf(event, exec.pid));
    if (waiting === undefined) this.#early.push({ exec, untilMs: Date.now() + this.#patienceMs });
    else {
      waiting.event = completed(waiting.event, exec);
      waiting.untilMs = 0;
    }
  }

  /**
   * What has all that it is going to have, in the order in which it happened. `isAll` says that everything was added that the kernel has said so
   * far: only then, or when too many wait, is what is missing given up.
   */
  take(isAll: boolean): KernelEvent[] {
    const areTooMany = this.#waiting.length + this.#early.length > waitingMax;
    const now = isAll || areTooMany ? Date.now() : 0;
    // Audit alone tells of these: the connector has lost them.
    const alone = this.#early.filter(({ untilMs }) => untilMs <= now);
    if (alone.length > 0) {
      this.#early = this.#early.filter(({ untilMs }) => untilMs > now);
      for (const { exec } of alone) this.#push(aloneOf(exec));
    }
    const unready = this.#waiting.findIndex(({ untilMs }) => untilMs > now);
    const ready = unready < 0 ? this.#waiting : this.#waiting.slice(0, unready);
    this.#waiting = unready < 0 ? [] : this.#waiting.slice(unready);
    return ready.map(({ event }) => event);
  }

  /** The rest, when nothing more is going to come. */
  takeAll(): KernelEvent[] {
    const events = [
      ...this.#waiting.map(({ event }) => event),
      ...this.#early.map(({ exec }) => aloneOf(exec)),
    ];
    this.#waiting = [];
    this.#early = [];
    return events;
  }

  #push(event: KernelEvent): void {
    this.#waiting.push({ event, untilMs: 0 });
  }

  #pushExec(event: ExecEvent): void {
    const at = this.#early.findIndex(({ exec }) => exec.pid === event.pid);
    const [early] = at < 0 ? [] : this.#early.splice(at, 1);
    if (early !== undefined) this.#push(completed(event, early.exec));
    else this.#waiting.push({ event, untilMs: this.#patienceMs > 0 ? Date.now() + this.#patienceMs : 0 });
  }

  #execOf(pid: number, atNs: bigint): ExecEvent {
    const found = this.#proc.read(pid);
    // One that has ended still has its ids.
    if (found === undefined)
      return { kind: "exec", ...this.#proc.readStat(pid), ...this.#proc.readStatus(pid), pid, atNs };
    const { executable, ...facts } = found;
    return {
      kind: "exec",
      ...facts,
      atNs,
      ...(executable === undefined ? {} : { resolvedPath: executable }),
    };
  }
}

function isExecOf(event: KernelEvent, pid: number): boolean {
  return event.kind === "exec" && event.pid === pid;
}

/** Audit is right where both know: `/proc` was read later. */
function completed(event: KernelEvent, exec: ExecEvent): KernelEvent {
  return { ...event, ...partsOf(exec) } as ExecEvent;
}

function aloneOf(exec: ExecEvent): ExecEvent {
  const atNs = exec.atNs + libc().bootClockNs() - libc().wallClockNs();
  return { ...exec, atNs };
}

function partsOf({ atNs: _, ...parts }: ExecEvent): Omit<ExecEvent, "atNs"> {
  return parts;
}
