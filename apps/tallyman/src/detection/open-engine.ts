import type { EngineOptions, PreparedRules } from "@tallyman/engine";
import { documentAliases } from "@tallyman/session-model";
import type { ScanOptions } from "../commands/scan-options.ts";
import { LiveEngine } from "../reload/live-engine.ts";
import { type FoundState, newStore, type StateFolder } from "../state/state-folder.ts";

/** An engine with what it remembers. */
export interface OpenedEngine {
  readonly engine: LiveEngine;
  readonly found: FoundState;
  /** Rules that have changed since the state was saved, so that they begin anew. */
  readonly restarted: number;
}

/**
 * Starts an engine on the state that a folder holds, or on an empty one. A state that cannot be understood is set aside, which `found.problem` says; a
 * sentence without a full stop when it can be neither used nor set aside.
 */
export function openEngine(
  folder: StateFolder | undefined,
  prepared: PreparedRules,
  { index, learnFor, limits }: Pick<ScanOptions, "index" | "learnFor" | "limits">,
  more: Pick<EngineOptions, "isJudged" | "liveClock" | "profiler"> = {},
): OpenedEngine | string {
  const storeOptions = { termsMax: limits.terms };
  const engineFor = (firstSeen: FoundState["store"]) =>
    new LiveEngine(prepared, {
      firstSeen,
      learnForMs: learnFor,
      openSequencesMax: limits.open_sequences,
      aliases: documentAliases,
      ...(index === undefined ? {} : { indexName: index }),
      ...more,
    });
  const empty: FoundState = { store: newStore(storeOptions), run: undefined, problem: undefined };
  const found = folder?.load(storeOptions) ?? empty;
  if (typeof found === "string") return found;
  const engine = engineFor(found.store);
  const restarted = found.run === undefined ? 0 : engine.restore(found.run.engine);
  if (restarted !== undefined || folder === undefined) return { engine, found, restarted: restarted ?? 0 };
  const anew = folder.setAside("it holds no state of rules", storeOptions);
  return typeof anew === "string" ? anew : { engine: engineFor(anew.store), found: anew, restarted: 0 };
}
