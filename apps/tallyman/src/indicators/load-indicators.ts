import type { Engine } from "@tallyman/engine";
import type { IndicatorReport } from "./indicator-report.ts";
import { readIndicators } from "./read-indicators.ts";

/** What came of reading files of indicators. */
export interface LoadedIndicators {
  readonly reports: readonly IndicatorReport[];
  /** Indicators of which no rule has use. */
  readonly useless: number;
}

/** Makes the indicators of all files known to an engine. */
export async function loadIndicators(
  paths: readonly string[],
  engine: Pick<Engine, "addIndicators">,
): Promise<LoadedIndicators> {
  const reports: IndicatorReport[] = [];
  let useless = 0;
  for (const path of paths) {
    const input = readIndicators(path);
    reports.push(input.report);
    for await (const batch of input) useless += engine.addIndicators(batch);
  }
  return { reports, useless };
}
