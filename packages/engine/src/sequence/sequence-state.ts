import { AgeList } from "./age-list.ts";
import { LeadingMarks } from "./leading-marks.ts";
import type { OpenSequence } from "./open-sequence.ts";
import { AllPassed, LatestPassed, type PassedStage } from "./passed-stage.ts";
import type { Run } from "./run.ts";

/** The sequences of one key that only a trailing missing event can still stop. */
export interface WaitingSequences<E> {
  readonly sequences: Set<OpenSequence<E>>;
  /** The time of the last event that tried to. */
  triedMs: number | undefined;
}

/** What a sequence matcher remembers. Every open sequence stands in `open` and in one other place. */
export class SequenceState<E> {
  /** All of them: the first to expire, and to be given up, is the oldest. */
  readonly open = new AgeList<OpenSequence<E>>();
  /** By positive stage: those that have passed the stage and not entered the next. */
  readonly passed: readonly PassedStage<E>[];
  /** By positive stage and key: those inside a stage `with runs=N`. */
  readonly runs: readonly Map<string, Run<E>>[];
  /** By key: those that are complete but for a trailing `![ ]`. */
  readonly waiting = new Map<string, WaitingSequences<E>>();
  readonly leading = new LeadingMarks();

  /** `keepsAll` says for each positive stage whether one sequence of a key takes the place of another behind it; if not, so many are kept. */
  constructor(keepsAll: readonly boolean[], perKeyMax: number) {
    this.passed = keepsAll.map((all) => (all ? new AllPassed(perKeyMax) : new LatestPassed()));
    this.runs = keepsAll.map(() => new Map());
  }

  /** Puts an open sequence among those that wait. */
  wait(sequence: OpenSequence<E>): void {
    let waiting = this.waiting.get(sequence.key);
    if (waiting === undefined) {
      waiting = { sequences: new Set(), triedMs: undefined };
      this.waiting.set(sequence.key, waiting);
    }
    waiting.sequences.add(sequence);
  }

  /** Takes an open sequence out of wherever it stands. */
  forget(sequence: OpenSequence<E>): void {
    const { key, stage } = sequence;
    this.open.remove(sequence);
    if (sequence.waiting !== undefined) {
      const waiting = this.waiting.get(key);
      waiting?.sequences.delete(sequence);
      if (waiting?.sequences.size === 0) this.waiting.delete(key);
    } else if (sequence.isRunning) {
      const run = this.runs[stage]?.get(key);
      run?.leave(sequence);
      if (run?.trim()) this.runs[stage]?.delete(key);
    } else {
      this.passed[stage]?.remove(sequence);
    }
  }
}
