/** A metric as Prometheus reads it. */
export interface ParsedMetric {
  readonly type: string;
  readonly help: string;
  readonly samples: readonly ParsedSample[];
}

export interface ParsedSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const headLine = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/;
const sampleLine = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const labelPair = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,(?=.)|$)/;
const numberText = /^(?:NaN|[+-]Inf|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;

/**
 * Reads the text exposition format, version 0.0.4, by its description alone and more strictly: each metric has its help and its type, once and in this
 * order, and its samples right below; no two have the same labels. Throws at the first line that is otherwise.
 */
export function parseMetrics(text: string): Readonly<Record<string, ParsedMetric>> {
  if (!text.endsWith("\n")) throw new Error("the text does not end with a line feed");
  const metrics: Record<string, { type: string; help: string; samples: ParsedSample[]; keys: Set<string> }> =
    {};
  let name = "";
  for (const line of text.slice(0, -1).split("\n")) {
    const wrong = (what: string) => new Error(`${what}: ${JSON.stringify(line)}`);
    const [, kind, ofHead = "", rest = ""] = headLine.exec(line) ?? [];
    if (kind === "HELP") {
      if (ofHead in metrics) throw wrong("a metric is there twice");
      metrics[ofHead] = { type: "", help: unescaped(rest), samples: [], keys: new Set() };
      name = ofHead;
      continue;
    }
    const metric = metrics[name];
    if (metric === undefined) throw wrong("not below a metric's help");
    if (kind === "TYPE") {
      if (ofHead !== name || metric.type !== "") throw wrong("not the type of the metric above");
      if (rest !== "counter" && rest !== "gauge") throw wrong("an unknown type");
      metric.type = rest;
      continue;
    }
    const [, ofSample, labels, value = ""] = sampleLine.exec(line) ?? [];
    if (ofSample !== name || metric.type === "") throw wrong("not a sample of the metric above");
    if (!numberText.test(value)) throw wrong("not a number");
    if (metric.keys.has(labels ?? "")) throw wrong("a sample is there twice");
    metric.keys.add(labels ?? "");
    metric.samples.push({ labels: labels === undefined ? {} : parseLabels(labels), value: numberOf(value) });
  }
  return metrics;
}

/** The value of the only sample with these labels; undefined when there is none. */
export function sampleValue(
  metrics: ReturnType<typeof parseMetrics>,
  name: string,
  labels: ParsedSample["labels"] = {},
): number | undefined {
  const found = metrics[name]?.samples.filter((sample) =>
    Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
  if (found !== undefined && found.length > 1) throw new Error(`${name} has several such samples`);
  return found?.[0]?.value;
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (let rest = text; rest !== ""; ) {
    const [pair, name, value] = labelPair.exec(rest) ?? [];
    if (pair === undefined || name === undefined || name in labels) throw new Error(`wrong labels: ${text}`);
    labels[name] = unescaped(value ?? "");
    rest = rest.slice(pair.length);
  }
  return labels;
}

function unescaped(text: string): string {
  return text.replace(/\\([\\"n])/g, (_, character: string) => (character === "n" ? "\n" : character));
}

function numberOf(text: string): number {
  return Number(text.replace("Inf", "Infinity"));
}
