import { ruleSeverities } from "@tallyman/rules";
import {
  filledText,
  flag,
  type Keys,
  list,
  object,
  oneOf,
  optional,
  wholeNumber,
  withDefault,
} from "@tallyman/rules/schema";
import { recordFormats } from "../input/record-format.ts";
import { ringSizeMax, ringSizeMin } from "../live/ring-size.ts";
import { workersMax } from "../workers/workers-max.ts";
import { duration, listenAddress, size } from "./readers.ts";
import type { Environment } from "./secret.ts";
import { type Setting, setting } from "./setting.ts";
import { sinks } from "./sink-keys.ts";

const paths = list(filledText);

const MiB = 2 ** 20;

/** What is read. */
export const inputKeys = {
  files: setting(withDefault(paths, []), {
    about: "The files to scan, when the command line names none; `-` is standard input",
    example: '["events.ndjson.gz"]',
    flag: "[files...]",
  }),
  from: setting(optional(oneOf(recordFormats)), {
    about: "What the records of the input are: `ecs` events, or those of `auditd`, `tetragon` or `falco`",
    example: '"auditd"',
    otherwise: "told by the first record of each file",
    flag: "--from",
  }),
  index: setting(optional(filledText), {
    about: "The data stream of the events, when they do not say",
    example: '"logs-endpoint.events.process-default"',
    flag: "--index",
  }),
  lateness: setting(withDefault(duration(), 60_000), {
    about: "Events are sorted as far as they are late by less than this",
    example: '"1m"',
    otherwise: '"1m"',
    flag: "--lateness",
  }),
  learn_from: setting(withDefault(paths, []), {
    about: "Recordings from which is learned what is usual, without alerts",
    example: '["last-week.ndjson.gz"]',
    flag: "--learn-from",
  }),
  learn_for: setting(withDefault(duration(), 0), {
    about: "No alerts for new terms until the history is this old",
    example: '"2h"',
    otherwise: '"0s"',
    flag: "--learn-for",
  }),
} as const satisfies Keys;

/** What is printed. */
export const outputKeys = {
  file: setting(optional(filledText), {
    about:
      "A file to write the alerts to, in place of standard output; it is emptied first. A sink of type `file` appends and rotates",
    example: '"alerts.ndjson"',
    flag: "--output",
  }),
  format: setting(optional(oneOf(["table", "ndjson", "json"])), {
    about: "How alerts are printed: `table`, `ndjson` or `json`",
    example: '"ndjson"',
    otherwise: "`table` on a terminal, else `ndjson`",
    flag: "--format",
  }),
  fail_on: setting(optional(oneOf(ruleSeverities)), {
    about: "Exit with 1 when an alert is at least this grave",
    example: '"high"',
    flag: "--fail-on",
  }),
  quiet: setting(withDefault(flag, false), {
    about: "Print no summary, only alerts and problems",
    example: "true",
    otherwise: "false",
    flag: "--quiet",
  }),
  color: setting(withDefault(oneOf(["auto", "always", "never"]), "auto"), {
    about: "Colours: `auto`, `always` or `never`",
    example: '"never"',
    otherwise: '"auto"',
    flag: "--color",
  }),
} as const satisfies Keys;

/** What outlives a run. */
export const stateKeys = {
  folder: setting(optional(filledText), {
    about:
      "The folder in which everything is kept that outlives a run: what rules remember, how far the input was read, alerts that are not delivered yet. It is made when it is missing. Sinks need it",
    example: '"/var/lib/tallyman"',
    flag: "--state",
  }),
  save_every: setting(withDefault(duration(100), 30_000), {
    about:
      "How often the state is saved. Saving takes no more than a twentieth of the time: a large state is saved less often",
    example: '"30s"',
    otherwise: '"30s"',
  }),
} as const satisfies Keys;

/** Where `watch` and `sensor` have their events from. */
export const sensorKeys = {
  source: setting(optional(oneOf(["ebpf", "audit", "proc-connector"])), {
    about: "The only source of events that is used: `ebpf`, `audit` or `proc-connector`",
    example: '"ebpf"',
    otherwise: "the first that can be used",
    flag: "--source",
  }),
  allow_audit: setting(withDefault(flag, false), {
    about: "Audit may be used where eBPF cannot: that changes its state for the whole host",
    example: "true",
    otherwise: "false",
    flag: "--allow-audit",
  }),
  network: setting(withDefault(flag, true), {
    about: "TCP connections are reported",
    example: "false",
    otherwise: "true",
    flag: "--events",
  }),
  files: setting(withDefault(flag, true), {
    about: "Files that are made, renamed and deleted are reported",
    example: "false",
    otherwise: "true",
    flag: "--events",
  }),
  ring_size: setting(withDefault(size(ringSizeMin, ringSizeMax), 8 * MiB), {
    about:
      "How large the ring is in which eBPF leaves events in the kernel until the program takes them: what can happen at once, or while the program gets no processor, before events are lost. A power of two, or rounded up to one; at most 1GiB",
    example: '"64MiB"',
    otherwise: '"8MiB"',
    flag: "--ring-size",
  }),
  user: setting(optional(filledText), {
    about:
      "The user to run as, with only the capabilities that the sources take; it takes root to become one",
    example: '"tallyman"',
    flag: "--user",
  }),
} as const satisfies Keys;

/** What a run that goes on tells of itself. */
export const metricsKeys = {
  listen: setting(optional(listenAddress), {
    about:
      "Where `watch` and `sensor` answer `GET /metrics` for Prometheus: `host:port`, a port of loopback, or `unix:/path`. There is no password: whoever can connect can read",
    example: '"127.0.0.1:9464"',
    flag: "--metrics",
  }),
} as const satisfies Keys;

/** How large things may grow. */
export const limitKeys = {
  spool: setting(withDefault(size(MiB), 256 * MiB), {
    about:
      "How large the spool of alerts that are not delivered yet may grow. Beyond that the oldest are dropped, and counted",
    example: '"256MiB"',
    otherwise: '"256MiB"',
  }),
  delivery_wait: setting(withDefault(duration(), 10_000), {
    about:
      "How long the end of a run waits for sinks. What is not delivered then stays in the spool for the next start",
    example: '"10s"',
    otherwise: '"10s"',
  }),
  terms: setting(withDefault(wholeNumber(1000), 5_000_000), {
    about: "How many terms the histories of new_terms rules may hold together, about 20 bytes each",
    example: "5_000_000",
    otherwise: "5000000",
  }),
  open_sequences: setting(withDefault(wholeNumber(1), 100_000), {
    about:
      "How many sequences each EQL rule holds open at most. Beyond that the oldest are given up, and counted",
    example: "100_000",
    otherwise: "100000",
    flag: "--max-open-sequences",
  }),
  held_events: setting(withDefault(wholeNumber(1), 10_000), {
    about: "How many events are held for sorting at most",
    example: "10_000",
    otherwise: "10000",
  }),
} as const satisfies Keys;

/** The keys at the top of the file, beside its tables. */
export const topKeys = {
  rules: setting(withDefault(paths, []), {
    about: "Rule files and folders of them",
    example: '["rules/"]',
    otherwise: "the built-in rules",
    flag: "--rules",
  }),
  exceptions: setting(withDefault(paths, []), {
    about: "Files and folders that say what rules are not to alert on",
    example: '["exceptions.toml"]',
    flag: "--exceptions",
  }),
  indicators: setting(withDefault(paths, []), {
    about:
      "Files of threat indicators that threat_match rules compare with: ECS documents, STIX 2.1, CSV or lists",
    example: '["indicators.ndjson"]',
    flag: "--indicators",
  }),
  field_types: setting(optional(filledText), {
    about: "A JSON file of field names and types, which are laid over the catalogue",
    example: '"field-types.json"',
    flag: "--field-types",
  }),
  reload: setting(withDefault(flag, false), {
    about:
      "Read rules and exceptions anew when one of their files changes, and on SIGHUP, while standard input is read. A file that has become bad does not replace the one that runs",
    example: "true",
    otherwise: "false",
    flag: "--reload",
  }),
  workers: setting(withDefault(wholeNumber(0, workersMax), 0), {
    about:
      "So many threads evaluate conditions for a scan, beside the main one; the alerts are the same. None while a profile is taken",
    example: "2",
    otherwise: "0",
    flag: "--workers",
  }),
} as const satisfies Keys;

/** The tables of the file with their settings, but for sinks, which have some by their type. */
export const configTables = {
  input: inputKeys,
  output: outputKeys,
  state: stateKeys,
  sensor: sensorKeys,
  metrics: metricsKeys,
  limits: limitKeys,
} as const satisfies Record<string, Readonly<Record<string, Setting<unknown>>>>;

/** The keys of the file. Variables are looked up in the environment. */
export function configKeys(environment: Environment) {
  return {
    ...topKeys,
    input: optional(object(inputKeys)),
    output: optional(object(outputKeys)),
    state: optional(object(stateKeys)),
    sensor: optional(object(sensorKeys)),
    metrics: optional(object(metricsKeys)),
    limits: optional(object(limitKeys)),
    sinks: withDefault(sinks(environment), []),
  } as const satisfies Keys;
}
