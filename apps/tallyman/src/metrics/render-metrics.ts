import { visible } from "@tallyman/languages";
import type { Metric, Sample } from "./metric.ts";

/** What `renderMetrics` writes, as HTTP calls it. */
export const metricsContentType = "text/plain; version=0.0.4; charset=utf-8";

/** Longer values of labels are cut: they hold names and reasons that someone else chose. */
const labelMax = 256;

/**
 * Samples in Prometheus' text exposition format, version 0.0.4, each metric with its help and type. Those with the same labels are added up. prom-client
 * would be no shorter: it keeps counters of its own, into which those of the reports would have to be copied.
 *
 * Labels are written as they can be printed: a name in a rule acts on no terminal.
 */
export function renderMetrics(samples: Iterable<Sample>): string {
  const values = new Map<Metric, Map<string, number>>();
  for (const [metric, value, ...labels] of samples) {
    const ofMetric = values.get(metric) ?? new Map<string, number>();
    const key = labelText(metric.labels, labels);
    values.set(metric, ofMetric.set(key, (ofMetric.get(key) ?? 0) + value));
  }
  return Array.from(values, ([metric, ofMetric]) => familyText(metric, ofMetric)).join("");
}

function familyText({ help, name, type }: Metric, values: ReadonlyMap<string, number>): string {
  const head = `# HELP ${name} ${help.replace(/[\\\n]/g, escaped)}\n# TYPE ${name} ${type}\n`;
  return head + Array.from(values, ([labels, value]) => `${name}${labels} ${numberText(value)}\n`).join("");
}

function labelText(names: readonly string[], values: readonly string[]): string {
  if (names.length === 0) return "";
  const pairs = names.map((name, i) => {
    const value = visible((values[i] ?? "").slice(0, labelMax));
    return `${name}="${value.replace(/[\\"\n]/g, escaped)}"`;
  });
  return `{${pairs.join(",")}}`;
}

function escaped(character: string): string {
  return character === "\n" ? "\\n" : `\\${character}`;
}

function numberText(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? "+Inf" : "-Inf";
}
