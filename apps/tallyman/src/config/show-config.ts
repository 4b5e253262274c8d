import { isTable } from "@tallyman/rules/schema";
import { formatByteSize } from "../byte-size.ts";
import { formatDurationSetting } from "../duration.ts";
import { ListenAddress } from "../metrics/listen-address.ts";
import { formatSyslogAddress, type SyslogAddress } from "../sinks/syslog-address.ts";
import { configTables, topKeys } from "./config-keys.ts";
import type { Config } from "./load-config.ts";
import type { Secret } from "./secret.ts";
import type { Setting } from "./setting.ts";
import { sinkKeys } from "./sink-keys.ts";

/** A configuration as JSON values in the shape of the file, secrets masked: what is written as `${NAME}` stays so. */
export function shownConfig(config: Config): Readonly<Record<string, unknown>> {
  const { path, ...settings } = config;
  return shown(settings) as Readonly<Record<string, unknown>>;
}

/** The same as TOML. What is as it would be without the file is marked. */
export function renderConfig(config: Config): string {
  const top = {
    rules: config.rules,
    exceptions: config.exceptions,
    indicators: config.indicators,
    field_types: config.field_types,
    reload: config.reload,
    workers: config.workers,
  };
  const lines = tableLines(top, topKeys);
  for (const [name, keys] of Object.entries(configTables)) {
    lines.push("", `[${name}]`, ...tableLines(config[name as keyof typeof configTables], keys));
  }
  const keysOf = sinkKeys({});
  for (const sink of config.sinks) lines.push("", "[[sinks]]", ...tableLines({ ...sink }, keysOf[sink.type]));
  return lines.map((line) => `${line}\n`).join("");
}

function tableLines(
  values: Readonly<Record<string, unknown>>,
  keys: Readonly<Record<string, Setting<unknown>>>,
): string[] {
  return Object.entries(keys).flatMap(([name, key]) => {
    const value = values[name];
    const isDefault = JSON.stringify(value) === JSON.stringify(key.fallback);
    if (value === undefined || (Array.isArray(value) && value.length === 0)) {
      return [
        `# ${name} is not set${key.otherwise === undefined ? "" : `: ${key.otherwise.replaceAll("`", "")}`}`,
      ];
    }
    return [`${name} = ${toml(shownSetting(value, key))}${isDefault ? "  # default" : ""}`];
  });
}

/** Spans of time and sizes are numbers once they are read. */
function shownSetting(value: unknown, { example }: Setting<unknown>): unknown {
  if (typeof value === "number" && /^"\d+(ms|s|m|h|d|w)"$/.test(example)) return formatDurationSetting(value);
  if (typeof value === "number" && example.startsWith('"')) return formatByteSize(value);
  return shown(value);
}

function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shown);
  if (value instanceof ListenAddress) return value.toString();
  if (!isTable(value)) return value;
  if (isSecret(value)) return value.shown;
  if (isAddress(value)) return formatSyslogAddress(value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shown(item)]));
}

function isSecret(value: object): value is Secret {
  return "shown" in value && "value" in value;
}

function isAddress(value: object): value is SyslogAddress {
  return "kind" in value && ("host" in value || "path" in value);
}

function toml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toml).join(", ")}]`;
  if (!isTable(value)) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([key, item]) => `${JSON.stringify(key)} = ${toml(item)}`)
    .join(", ")} }`;
}
