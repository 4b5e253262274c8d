import { performance } from "node:perf_hooks";
import { eachLine, type LineWork } from "./each-line.ts";

/** What a mode measured, by name; times of events are in microseconds for each. */
export type Figures = Readonly<Record<string, number>>;

/** Lines that are worked on before the clock runs, so that what is measured is compiled code. */
export const warmUpLines = 6000;

/** Quick work is repeated until it has taken so long, in microseconds of processor time. */
const enoughUs = 700_000;

/**
 * The processor and wall time that each event of a file takes. `start` makes the work anew: once to warm up, and again for what is measured.
 * Work that remembers events must not meet them twice, and is done once.
 */
export function measureThroughput(path: string, start: () => LineWork, remembers: boolean): Figures {
  eachLine(path, start(), warmUpLines);
  const work = start();
  const cpuFrom = process.cpuUsage();
  const from = performance.now();
  let events = 0;
  let cpuUs = 0;
  do {
    events += eachLine(path, work);
    const { system, user } = process.cpuUsage(cpuFrom);
    cpuUs = system + user;
  } while (!remembers && cpuUs < enoughUs);
  return {
    events,
    cpuUs: cpuUs / events,
    wallUs: ((performance.now() - from) * 1000) / events,
    rssMb: process.memoryUsage().rss / 2 ** 20,
  };
}
