// Measures one thing and prints it as a line of JSON: `node run-mode.js MODE [FILE]`. `bench/main.ts` bundles this and runs each mode in a process of its
// own, so that what V8 learns from one does not serve another.

import { textBytes } from "../apps/tallyman/src/input/text-bytes.ts";
import { measureStore } from "./first-seen/measure-store.ts";
import { eachLine } from "./modes/each-line.ts";
import { measureEvaluated, measureLatency, statelessWork, wholeWork } from "./modes/engine-work.ts";
import { measureHostileText } from "./modes/hostile-text.ts";
import { LineEvent } from "./modes/line-event.ts";
import { findFields, parseLines, readFields } from "./modes/reading.ts";
import { measureThroughput } from "./modes/throughput.ts";
import { loadRuleSet } from "./rules/rule-set.ts";

const [mode = "", argument = ""] = process.argv.slice(2);
const rules = () => loadRuleSet().rules;
/** Every tenth rule. */
const tenth = () => rules().filter((_, i) => i % 10 === 0);

const measured: Readonly<Record<string, () => object>> = {
  "json-parse": () => measureThroughput(argument, parseLines, false),
  "read-fields": () => measureThroughput(argument, readFields, false),
  "find-fields": () => {
    const all = rules();
    return measureThroughput(argument, () => findFields(all), false);
  },
  stateless: () => measureThroughput(argument, statelessWork(rules()), true),
  "stateless-tenth": () => measureThroughput(argument, statelessWork(tenth()), true),
  whole: () => {
    const work = wholeWork(rules());
    return { ...measureThroughput(argument, work.start, true), alerts: work.alerts() };
  },
  latency: () => measureLatency(argument, rules()),
  evaluated: () => measureEvaluated(eventsOf(argument), rules()),
  "hostile-text": () => measureHostileText(rules()),
  "first-seen": () => {
    const { bytesPerTerm, hit, insert, longestPieceMs, restoreMs, saveMs } = measureStore(
      Number(argument),
      240,
    );
    return { bytesPerTerm, upsertNs: Math.max(insert.meanNs, hit.meanNs), saveMs, restoreMs, longestPieceMs };
  },
};

const measure = measured[mode];
if (measure === undefined) throw new Error(`There is no mode '${mode}'`);
process.stdout.write(`${JSON.stringify(measure())}\n`);

function eventsOf(path: string): readonly LineEvent[] {
  const events: LineEvent[] = [];
  eachLine(path, (bytes, start, end) => {
    events.push(new LineEvent(textBytes(Buffer.from(bytes.subarray(start, end))), 0, end - start));
  });
  return events;
}
