import { devNull } from "node:os";
import { performance } from "node:perf_hooks";
import { ecsCatalogue, FieldSlots } from "@tallyman/ecs";
import { Engine, MemoryFirstSeenStore, type PreparedRules, prepareRules } from "@tallyman/engine";
import type { Rule } from "@tallyman/rules";
import { jsonLine } from "../../apps/tallyman/src/output/json-line.ts";
import { openOutputFile } from "../../apps/tallyman/src/output/output-stream.ts";
import { withoutAlerts } from "../plain/count-matches.ts";
import { singleConditions } from "../rules/single-conditions.ts";
import { eachLine, type LineWork } from "./each-line.ts";
import { LineEvent } from "./line-event.ts";
import { type Figures, warmUpLines } from "./throughput.ts";

/** Everything that comes before state: events are read and routed, and all conditions of the rules decided. */
export function statelessWork(rules: readonly Rule[]): () => LineWork {
  const prepared = prepare(withoutAlerts(singleConditions(rules)));
  return () => {
    const engine = startEngine(prepared);
    return (bytes, start, end) => {
      engine.process(new LineEvent(bytes, start, end));
    };
  };
}

/** The whole way of an event: with all that the rules remember, and their alerts written to nowhere. */
export function wholeWork(rules: readonly Rule[]): WholeWork {
  const prepared = prepare(rules);
  let alerts = 0;
  return {
    start() {
      const engine = startEngine(prepared);
      const output = openOutputFile(devNull, []);
      alerts = 0;
      return (bytes, start, end) => {
        for (const { document } of engine.process(new LineEvent(bytes, start, end))) {
          output.write(`${jsonLine(document)}\n`);
          alerts += 1;
        }
      };
    },
    alerts: () => alerts,
  };
}

interface WholeWork {
  readonly start: () => LineWork;
  /** How many alerts were written since it started last. */
  readonly alerts: () => number;
}

/** How long each event takes on its whole way, in wall time, with code that is warm and an engine that has just started. */
export function measureLatency(path: string, rules: readonly Rule[]): Figures {
  const { start } = wholeWork(rules);
  eachLine(path, start(), warmUpLines);
  const work = start();
  const times: number[] = [];
  eachLine(path, (bytes, from, end) => {
    const began = performance.now();
    work(bytes, from, end);
    times.push(performance.now() - began);
  });
  times.sort((a, b) => a - b);
  const at = (share: number): number =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { p50Us: at(0.5) * 1000, p999Ms: at(0.999), maxMs: at(1) };
}

/** Percent of all conditions that the engine looks at for an event. */
export interface EvaluatedShare {
  readonly meanPercent: number;
  /** For 95 % of events it is no more. */
  readonly p95Percent: number;
  readonly conditions: number;
}

/** How many of all conditions the engine looks at for an event. */
export function measureEvaluated(lines: Iterable<LineEvent>, rules: readonly Rule[]): EvaluatedShare {
  const engine = startEngine(prepare(rules));
  const shares: number[] = [];
  let before = 0;
  for (const line of lines) {
    engine.process(line);
    const { conditions, evaluated } = engine.evaluation();
    shares.push(((evaluated - before) * 100) / conditions);
    before = evaluated;
  }
  shares.sort((a, b) => a - b);
  const sum = shares.reduce((total, share) => total + share, 0);
  return {
    meanPercent: sum / shares.length,
    p95Percent: shares[Math.floor(shares.length * 0.95)] ?? 0,
    conditions: engine.evaluation().conditions,
  };
}

function prepare(rules: readonly Rule[]): PreparedRules {
  return prepareRules(rules, ecsCatalogue(), new FieldSlots());
}

function startEngine(prepared: PreparedRules): Engine {
  return new Engine(prepared, { firstSeen: new MemoryFirstSeenStore([1, 2, 3, 4]) });
}
