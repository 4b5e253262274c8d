import type { Worker } from "node:worker_threads";
import { type Engine, type PreparedRules, readVerdicts, type Verdict } from "@tallyman/engine";
import type { InputEvent } from "../input/input-event.ts";
import { conditionDigests } from "./condition-digests.ts";
import type { EventBatch, JudgeAnswer, JudgedBatch, JudgeMessage, JudgeWork } from "./judge-work.ts";
import { startJudge } from "./start-judge.ts";

/** The verdicts on the events of a batch; undefined where the engine must look itself. */
export type Verdicts = readonly (Verdict | undefined)[];

/**
 * Threads that judge events for an engine, by the rules that it has. When one of them ends before its time nothing is lost: its events have no verdicts, so that the engine
 * looks at them itself, and the others go on.
 */
export class JudgePool {
  readonly #count: number;
  readonly #onProblem: (problem: string) => void;
  readonly #start: typeof startJudge;
  #threads: readonly JudgeThread[] = [];
  #rules: PreparedRules | undefined;

  /**
   * @param onProblem Told in a sentence without a full stop when a thread ends before its time.
   * @param start How a thread is started.
   */
  constructor(count: number, onProblem: (problem: string) => void, start = startJudge) {
    this.#count = count;
    this.#onProblem = onProblem;
    this.#start = start;
  }

  /** So many batches keep all threads busy. */
  get batchesMax(): number {
    return 3 * this.#count;
  }

  /**
   * Starts the threads, which judge for an engine with these rules from now on. Those that judged by others end: the batches that they have get no
   * verdicts, and of the verdicts that they gave the engine takes no notice.
   *
   * @param work The same rules, and what lies over the catalogue by which they were compiled.
   */
  begin(work: JudgeWork, engine: Pick<Engine, "sharedFields">, rules: PreparedRules): void {
    void this.close();
    this.#rules = rules;
    this.#threads = Array.from({ length: this.#count }, () => new JudgeThread(this.#start(work)));
    // The threads need longer to compile the rules than this takes.
    const digests = conditionDigests(rules);
    const differs = (understood: readonly string[]): string | undefined => {
      if (understood.length !== digests.length)
        return `it understood ${understood.length} of ${digests.length} rules`;
      const place = digests.findIndex((digest, i) => digest !== understood[i]);
      return place < 0 ? undefined : `it understood '${rules.ready[place]?.rule.name}' in another way`;
    };
    for (const thread of this.#threads) {
      thread
        .begin(engine.sharedFields, differs)
        .catch((problem: unknown) => this.#onProblem(String(problem)));
    }
  }

  /** Judges a batch: the answer comes when one of the threads has done it, or at once without verdicts when none is left. Never rejects. */
  async judge(events: readonly InputEvent[]): Promise<Verdicts> {
    const rules = this.#rules;
    const [first, ...others] = this.#threads.filter(({ isAlive }) => isAlive);
    // Of records of other programs, and what else is parsed already, there is nothing to send.
    if (first === undefined || rules === undefined || !events.some(({ bytes }) => bytes)) return [];
    const idlest = others.reduce((a, b) => (b.waitingCount < a.waitingCount ? b : a), first);
    const judged = await idlest.judge(events);
    if (judged === undefined) return [];
    for (const [rule, combinations] of judged.exceeded) {
      const counters = rules.ready[rule]?.counters;
      if (counters !== undefined) counters.combinationsExceeded += combinations;
    }
    return readVerdicts(judged.verdicts, rules);
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}

/** What is too small to be worth keeping apart is made in this size, in bytes; what is larger than that is not kept to be used again. */
const bufferBytesMin = 2 ** 18;
const bufferBytesKeptMax = 2 ** 22;

class JudgeThread {
  isAlive = true;
  readonly #worker: Worker;
  /** Those who wait for the answers to their batches, in the order of these. */
  #waiting: ((judged: JudgedBatch | undefined) => void)[] = [];
  /** Buffers that came back. */
  #spare: ArrayBuffer[] = [];
  #onBegun: (digests: readonly string[]) => void = () => {};
  #onEnd: (reason: string) => void = () => {};

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on("message", (answer: JudgeAnswer) => this.#take(answer));
    worker.on("messageerror", (error) => this.#end(error.message));
    worker.on("error", (error) => this.#end(error instanceof Error ? error.message : String(error)));
    worker.on("exit", (status) => this.#end(`it ended with status ${status}`));
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /**
   * Never resolves; rejects with a sentence when the thread ends before its time.
   *
   * @param differs Says what is wrong when the thread has understood the rules in another way than the engine, by the digests of their conditions.
   */
  begin(
    sharedFields: readonly string[],
    differs: (digests: readonly string[]) => string | undefined,
  ): Promise<never> {
    this.#send({ kind: "begin", sharedFields });
    this.#onBegun = (digests) => {
      const difference = differs(digests);
      if (difference !== undefined) this.#end(difference);
    };
    return new Promise((_, reject) => {
      this.#onEnd = (reason) =>
        reject(`a worker is of no use any more, and its events are evaluated by the main thread: ${reason}`);
    });
  }

  judge(events: readonly InputEvent[]): Promise<JudgedBatch | undefined> {
    const batch = this.#pack(events);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#send({ kind: "batch", ...batch }, [batch.bytes, batch.places.buffer]);
    });
  }

  async close(): Promise<void> {
    this.isAlive = false;
    this.#leaveUnjudged();
    await this.#worker.terminate();
  }

  #send(message: JudgeMessage, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #take(answer: JudgeAnswer): void {
    if (answer.kind === "begun") {
      this.#onBegun(answer.digests);
      return;
    }
    if (this.#spare.length < 4 && answer.bytes.byteLength <= bufferBytesKeptMax)
      this.#spare.push(answer.bytes);
    this.#waiting.shift()?.(answer);
  }

  #end(reason: string): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    this.#leaveUnjudged();
    void this.#worker.terminate();
    this.#onEnd(reason);
  }

  /** Answers all that wait, so that nobody waits for the thread's end. What it says after that, nobody hears. */
  #leaveUnjudged(): void {
    for (const resolve of this.#waiting) resolve(undefined);
    this.#waiting = [];
  }

  /** Copies the events' bytes, which are not theirs for long. */
  #pack(events: readonly InputEvent[]): EventBatch {
    const all = events.map(({ bytes }) => bytes);
    const length = all.reduce((sum, bytes) => sum + (bytes === undefined ? 0 : bytes.end - bytes.start), 0);
    const spare = this.#spare.pop();
    const bytes =
      spare !== undefined && spare.byteLength >= length
        ? spare
        : new ArrayBuffer(Math.max(length, bufferBytesMin));
    const target = new Uint8Array(bytes);
    const places = new Int32Array(2 * events.length);
    let at = 0;
    for (const [i, source] of all.entries()) {
      if (source === undefined) continue;
      target.set(source.buffer.subarray(source.start, source.end), at);
      places[2 * i] = at;
      at += source.end - source.start;
      places[2 * i + 1] = at;
    }
    const isStored = events.some(({ index }) => index !== undefined);
    return { bytes, places, storedIn: isStored ? events.map(({ index }) => index) : undefined };
  }
}
