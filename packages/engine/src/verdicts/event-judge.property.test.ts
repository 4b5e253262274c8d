import type { Json, TextBytes } from "@tallyman/ecs";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Alert } from "../alerts/alert.ts";
import { Engine } from "../engine.ts";
import { MemoryFirstSeenStore } from "../first-seen/memory-store.ts";
import { restoreFirstSeen, saveFirstSeen } from "../first-seen/store-file.ts";
import type { IncomingEvent } from "../incoming-event.ts";
import type { Indicator } from "../indicators/indicator.ts";
import { prepareEveryRuleType, step, streamOf, type WholeEvent } from "../testing/every-rule-type.ts";
import { EventJudge } from "./event-judge.ts";
import { readVerdicts, VerdictWriter } from "./verdict.ts";

/** What is known of threats before the first event. */
const given: readonly Indicator[] = [
  { document: { threat: { indicator: { ip: "192.0.2.3" } } }, index: "logs-ti_given-default" },
];

function start(firstSeen: MemoryFirstSeenStore, isJudged: boolean) {
  const rules = prepareEveryRuleType();
  const engine = new Engine(rules, { firstSeen, isJudged });
  return { engine, rules };
}

function alertsOf(events: readonly WholeEvent[]): readonly Alert[] {
  const { engine } = start(new MemoryFirstSeenStore([1, 2, 3, 4]), false);
  engine.addIndicators(given);
  return [...events.flatMap((event) => engine.process(event)), ...engine.flush()];
}

function lazy(event: WholeEvent): IncomingEvent & Required<Pick<IncomingEvent, "bytes">> {
  const buffer = Buffer.from(JSON.stringify(event.document)) as TextBytes & Buffer;
  return { ...event, bytes: { buffer, start: 0, end: buffer.length } };
}

/**
 * The same, where of each piece of the stream all events are judged first, by one who has compiled the rules for himself; `withheld` says which
 * verdicts get lost. After each piece the engine is saved, thrown away and restored.
 */
function judgedAlertsOf(
  events: readonly WholeEvent[],
  pieceLength: number,
  withheld: (i: number) => boolean,
): readonly Alert[] {
  const alerts: Alert[] = [];
  let store = new MemoryFirstSeenStore([1, 2, 3, 4]);
  let saved: Json | undefined;
  let verdictCount = 0;
  for (let from = 0; from < events.length; from += pieceLength) {
    const { engine, rules } = start(store, true);
    if (saved !== undefined) expect(engine.restore(saved)).toBe(0);
    engine.addIndicators(given);
    const judge = new EventJudge(prepareEveryRuleType(), engine);
    const writer = new VerdictWriter();
    const piece = events.slice(from, from + pieceLength).map(lazy);
    for (const { bytes, index } of piece) judge.judge(bytes as NonNullable<typeof bytes>, index, writer);
    const verdicts = readVerdicts(writer.take(), rules);
    verdictCount += verdicts.filter((verdict) => verdict !== undefined).length;
    for (const [i, event] of piece.entries())
      alerts.push(...engine.process(withheld(from + i) ? event : { ...event, verdict: verdicts[i] }));
    if (from + pieceLength >= events.length) alerts.push(...engine.flush());
    saved = JSON.parse(JSON.stringify(engine.save())) as Json;
    const restored = restoreFirstSeen([...saveFirstSeen(store)]);
    if ("problem" in restored) throw new Error(restored.problem);
    store = restored.store;
  }
  expect(verdictCount).toBe(events.length);
  return alerts;
}

const found = new Set<string>();

test("rules of every type raise the same alerts, in the same order, on events that were judged elsewhere", () => {
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 20, maxLength: 80 }),
      fc.integer({ min: 10, max: 100 }),
      fc.array(fc.nat({ max: 80 }), { maxLength: 6 }),
      (steps, pieceLength, lost) => {
        const events = streamOf(steps);
        const wanted = alertsOf(events);
        for (const { ruleId } of wanted) found.add(ruleId);
        expect(judgedAlertsOf(events, pieceLength, (i) => lost.includes(i))).toEqual(wanted);
      },
    ),
    { numRuns: 40 },
  );
});

test("in these streams every rule has found something", () => {
  const ids = prepareEveryRuleType().ready.map(({ rule }) => rule.rule_id);
  expect([...found].sort()).toEqual(ids.sort());
});
