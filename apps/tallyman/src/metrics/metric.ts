/** A number that is told to whoever watches over many hosts, with a name by Prometheus' conventions: base units, `_total` at the end of counters. */
export interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge";
  /** A sentence. */
  readonly help: string;
  /** The names of its labels. */
  readonly labels: readonly string[];
}

/** A value of a metric, and the values of its labels in their order, which may be untrusted text. */
export type Sample = readonly [metric: Metric, value: number, ...labels: string[]];

/** The metric that a number of a report is told as, and the values of its labels. */
export type Place = readonly [metric: Metric, ...labels: string[]];

/**
 * A place for each number of a report. What people are told at the end and what is told here are of the same reports, and one of their counters that has
 * no place does not compile. Null for a number that another says already.
 */
export type Places<Report> = {
  readonly [Key in keyof Report as Report[Key] extends number ? Key : never]-?: Place | null;
};

/** What only grows while the program runs. */
export function counter(name: string, help: string, ...labels: readonly string[]): Metric {
  return { name, type: "counter", help, labels };
}

export function gauge(name: string, help: string, ...labels: readonly string[]): Metric {
  return { name, type: "gauge", help, labels };
}

/** The numbers of a report in their places. @param labels Follow those of each place. */
export function samplesOf<Report extends object>(
  report: Report,
  places: Places<Report>,
  ...labels: readonly string[]
): readonly Sample[] {
  return Object.entries<Place | null>(places).flatMap(([key, place]): readonly Sample[] => {
    if (place === null) return [];
    const [metric, ...values] = place;
    return [[metric, report[key as keyof Report] as number, ...values, ...labels]];
  });
}
