import { requireHostPidNamespace } from "./proc/pid-namespace.ts";
import { selfTested } from "./self-test.ts";
import { SourceUnavailable } from "./source-unavailable.ts";
import { type RunningSource, type Source, SourceFailed, type SourceName } from "./sources/source.ts";

export interface StartedSource {
  readonly source: Source;
  readonly running: RunningSource;
  /** The ones that were to be preferred, and why they cannot be used: clauses without capital and full stop. */
  readonly rejected: readonly RejectedSource[];
}

export interface RejectedSource {
  readonly name: SourceName;
  readonly reason: string;
}

/** None of the sources can be used on this host. */
export class NoSource extends Error {
  override readonly name = "NoSource";
  readonly rejected: readonly RejectedSource[];

  constructor(rejected: readonly RejectedSource[]) {
    super(rejected.map(({ name, reason }) => `${name}: ${reason}`).join("; "));
    this.rejected = rejected;
  }
}

/** Starts the first source that can be used here and passes the test of itself. Rejects with NoSource when there is none. */
export async function startSource(sources: readonly Source[]): Promise<StartedSource> {
  const rejected: RejectedSource[] = [];
  for (const source of sources) {
    try {
      return { source, running: await startTested(source), rejected };
    } catch (error) {
      if (!(error instanceof SourceUnavailable || error instanceof SourceFailed)) throw error;
      rejected.push({ name: source.name, reason: error.message });
    }
  }
  throw new NoSource(rejected);
}

async function startTested(source: Source): Promise<RunningSource> {
  requireHostPidNamespace();
  const running = await source.start();
  try {
    return await selfTested(running);
  } catch (error) {
    await running.stop();
    throw error;
  }
}
