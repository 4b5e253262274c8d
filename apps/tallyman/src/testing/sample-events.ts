/** Something typed in a container, as Elastic Defend reports it: the first of each name raises an alert of the built-in rule for that. */
export function typed(
  name: string,
  seconds: number,
  more: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    "@timestamp": timeAt(seconds),
    data_stream: { type: "logs", dataset: "endpoint.events.process", namespace: "default" },
    event: {
      category: ["process"],
      type: ["start"],
      action: "exec",
      id: `${name}-${seconds}`,
      sequence: seconds,
    },
    host: { id: "h1", name: "web-01", os: { type: "linux" } },
    user: { name: "root" },
    process: {
      name,
      command_line: name,
      pid: 100 + seconds,
      entity_id: `p${seconds}`,
      interactive: true,
      entry_leader: { entry_meta: { type: "container" } },
    },
    ...more,
  };
}

/** So many seconds after the morning of a day, as ISO 8601. */
export function timeAt(seconds: number): string {
  return new Date(Date.UTC(2026, 0, 5, 8) + seconds * 1000).toISOString();
}

/** Events as NDJSON. */
export function ndjson(...events: readonly unknown[]): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join("");
}
