import type { MemoryFirstSeenStore } from "@tallyman/engine";
import type { StateFolder } from "./state-folder.ts";
import type { SavedRun } from "./state-format.ts";

export interface StateSource {
  /** The run as it is now. Called between two events. */
  capture(): SavedRun;
  readonly store: MemoryFirstSeenStore;
  /** Sees to it that what must be on the disk is, before a state counts that was captured before; gives the reason when it is not, as a sentence without a full stop. */
  beforeUse(): Promise<string | undefined>;
  /** A captured run was saved. */
  saved(run: SavedRun): void;
}

/** How saving has gone so far. */
export interface StateReport {
  readonly saves: number;
  readonly failures: number;
  /** Milliseconds since 1970; undefined before the first time. */
  readonly savedAtMs: number | undefined;
}

/** The part of the time that saving may take. */
const partMax = 1 / 20;

/** Saves the state again and again while events are processed, and says once when it cannot. */
export class StateSaver {
  readonly #folder: StateFolder;
  readonly #source: StateSource;
  readonly #everyMs: number;
  readonly #onProblem: (problem: string) => void;
  #timer: NodeJS.Timeout | undefined;
  #saving: Promise<void> | undefined;
  #isAskedAgain = false;
  #isStopped = false;
  #problem: string | undefined;
  /** How long events had to wait for the last saving. */
  #busyMs = 0;
  #saves = 0;
  #failures = 0;
  #savedAtMs: number | undefined;

  constructor(
    folder: StateFolder,
    source: StateSource,
    everyMs: number,
    onProblem: (problem: string) => void,
  ) {
    this.#folder = folder;
    this.#source = source;
    this.#everyMs = everyMs;
    this.#onProblem = onProblem;
  }

  /** Why the last attempt failed; undefined when it did not. */
  get problem(): string | undefined {
    return this.#problem;
  }

  report(): StateReport {
    return { saves: this.#saves, failures: this.#failures, savedAtMs: this.#savedAtMs };
  }

  start(): void {
    this.#plan(this.#everyMs);
  }

  /** Saves soon, in place of when it is due. */
  request(): void {
    if (this.#isStopped) return;
    if (this.#saving !== undefined) this.#isAskedAgain = true;
    else this.#plan(0);
  }

  /** Waits for what is being saved, and saves no more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#saving;
  }

  /** Saves now, and waits for it. */
  async save(): Promise<void> {
    await this.#saving;
    this.#saving = this.#save();
    await this.#saving;
  }

  #plan(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      void this.save().then(() => {
        if (this.#isStopped) return;
        this.#plan(this.#isAskedAgain ? 0 : Math.max(this.#everyMs, this.#busyMs / partMax));
        this.#isAskedAgain = false;
      });
    }, ms);
    this.#timer.unref();
  }

  async #save(): Promise<void> {
    const startMs = performance.now();
    const run = this.#source.capture();
    const capturedMs = performance.now() - startMs;
    const { busyMs, problem } = await this.#folder.save(run, this.#source.store, () =>
      this.#source.beforeUse(),
    );
    this.#busyMs = capturedMs + busyMs;
    this.#saving = undefined;
    this.#note(problem);
    if (problem === undefined) this.#source.saved(run);
  }

  #note(problem: string | undefined): void {
    if (problem === undefined) {
      this.#saves += 1;
      this.#savedAtMs = Date.now();
    } else {
      this.#failures += 1;
      if (this.#problem === undefined && !this.#isStopped) this.#onProblem(problem);
    }
    this.#problem = problem;
  }
}
