import { ruleSeverities } from "@tallyman/rules";
import {
  filledText,
  flag,
  isTable,
  type Keys,
  object,
  oneOf,
  optional,
  type Reader,
  reportMissing,
  required,
  type Spot,
  type Table,
  textLike,
  type ValuesOf,
  wholeNumber,
  withDefault,
  wrongType,
} from "@tallyman/rules/schema";
import { syslogFacilities } from "../sinks/syslog-message.ts";
import { duration, headers, secretHeader, secretText, secretUrl, size, syslogAddress } from "./readers.ts";
import type { Environment } from "./secret.ts";
import { setting } from "./setting.ts";

/** What a sink can be. */
export const sinkTypes = ["file", "webhook", "slack", "elasticsearch", "syslog"] as const;

export type SinkType = (typeof sinkTypes)[number];

const MB = 1e6;

const name = textLike("a name of letters, digits, '-' and '_'", "bad-value", (text) =>
  /^[A-Za-z0-9_-]{1,64}$/.test(text),
);

/** What every sink may have. */
function commonKeys(type: SinkType) {
  // Who reads one alert after the other does not want the parts of a sequence, which its alert shows.
  const buildingBlocks = type === "file" || type === "elasticsearch";
  return {
    type: setting(required(oneOf(sinkTypes)), { about: "What it is", example: `"${type}"` }),
    name: setting(withDefault(name, type), {
      about: "What it is called in messages. What is not delivered yet is kept under this name",
      example: `"${type}"`,
      otherwise: "its type",
    }),
    min_severity: setting(withDefault(oneOf(ruleSeverities), "low"), {
      about: "Alerts below this are not for the sink",
      example: '"high"',
      otherwise: '"low"',
    }),
    building_blocks: setting(withDefault(flag, buildingBlocks), {
      about: "Whether it gets alerts that are only for other rules to see, and the events of sequences",
      example: String(!buildingBlocks),
      otherwise: String(buildingBlocks),
    }),
    batch: setting(withDefault(wholeNumber(1, 10_000), batchDefaults[type]), {
      about: "How many alerts are delivered together at most",
      example: String(batchDefaults[type]),
      otherwise: String(batchDefaults[type]),
    }),
    retry_first: setting(withDefault(duration(10), 1000), {
      about:
        "How long it takes to try again after a failure; after each further one it is twice as long, more or less",
      example: '"1s"',
      otherwise: '"1s"',
    }),
    retry_max: setting(withDefault(duration(10), 60_000), {
      about: "The longest wait between two attempts",
      example: '"1m"',
      otherwise: '"1m"',
    }),
  } as const satisfies Keys;
}

const batchDefaults: Readonly<Record<SinkType, number>> = {
  file: 1000,
  webhook: 100,
  slack: 10,
  elasticsearch: 500,
  syslog: 100,
};

const timeout = setting(withDefault(duration(100), 10_000), {
  about: "How long an answer is waited for",
  example: '"10s"',
  otherwise: '"10s"',
});

const path = setting(required(filledText), {
  about: "The file",
  example: '"/var/log/tallyman/alerts.ndjson"',
});

/** The keys of a sink by its type. */
export function sinkKeys(environment: Environment) {
  const url = required(secretUrl(environment));
  const headersKey = setting(withDefault(headers(environment), {}), {
    about: "Headers of every request",
    example: `{ Authorization = "Bearer \${ALERT_TOKEN}" }`,
    isSecret: true,
  });
  return {
    file: {
      ...commonKeys("file"),
      path,
      rotate_size: setting(withDefault(size(1000), 100 * MB), {
        about: "A file of this size is put aside as `alerts.ndjson.1` and a new one begun",
        example: '"100MB"',
        otherwise: '"100MB"',
      }),
      keep: setting(withDefault(wholeNumber(0, 1000), 5), {
        about: "How many of those are kept; the oldest is removed",
        example: "5",
        otherwise: "5",
      }),
    },
    webhook: {
      ...commonKeys("webhook"),
      url: setting(url, {
        about: "Where alerts are posted",
        example: '"https://siem.example/alerts"',
        isSecret: true,
      }),
      headers: headersKey,
      format: setting(withDefault(oneOf(["json", "ndjson"]), "json"), {
        about: "One JSON array of alert documents, or a document a line",
        example: '"ndjson"',
        otherwise: '"json"',
      }),
      timeout,
    },
    slack: {
      ...commonKeys("slack"),
      url: setting(url, { about: "The incoming webhook", example: `"\${SLACK_WEBHOOK}"`, isSecret: true }),
      channel: setting(optional(filledText), {
        about: "The channel, where the webhook lets one choose",
        example: '"#alerts"',
      }),
      timeout,
    },
    elasticsearch: {
      ...commonKeys("elasticsearch"),
      url: setting(url, {
        about: "The cluster, Elasticsearch or OpenSearch",
        example: '"https://localhost:9200"',
        isSecret: true,
      }),
      index: setting(
        withDefault(
          textLike("the name of an index or data stream", "bad-value", (text) =>
            /^[^A-Z\s\\/*?"<>|,#]{1,255}$/.test(text),
          ),
          "tallyman-alerts",
        ),
        {
          about:
            "The index, or the alias of one, to write to; a template for it is yours to make. A data stream refuses later states of suppressed alerts",
          example: '"tallyman-alerts"',
          otherwise: '"tallyman-alerts"',
        },
      ),
      api_key: setting(optional(secretHeader(environment)), {
        about: "An API key, as the cluster encodes it",
        example: `"\${ES_API_KEY}"`,
        isSecret: true,
      }),
      username: setting(optional(filledText), { about: "A user, in place of a key", example: '"tallyman"' }),
      password: setting(optional(secretText(environment)), {
        about: "The password of that user",
        example: `"\${ES_PASSWORD}"`,
        isSecret: true,
      }),
      headers: headersKey,
      timeout,
    },
    syslog: {
      ...commonKeys("syslog"),
      address: setting(required(syslogAddress), {
        about:
          "Where the server listens: `udp://`, `tcp://` or `tls://` with host and port, or `unix:///dev/log`",
        example: '"tcp://siem.example:601"',
      }),
      facility: setting(withDefault(oneOf(syslogFacilities), "authpriv"), {
        about: "The facility of the messages, by its name in RFC 5424",
        example: '"local0"',
        otherwise: '"authpriv"',
      }),
      hostname: setting(optional(filledText), {
        about: "What the messages say they come from",
        example: '"web-01"',
        otherwise: "the name of this host",
      }),
      app_name: setting(withDefault(filledText, "tallyman"), {
        about: "What the messages say they are made by",
        example: '"tallyman"',
        otherwise: '"tallyman"',
      }),
      message_size: setting(withDefault(size(256, 60_000), 8192), {
        about: "Alerts of more bytes than this are sent as their most important fields",
        example: '"2KiB"',
        otherwise: '"8KiB"',
      }),
      timeout,
    },
  } as const satisfies Record<SinkType, Keys>;
}

type SinkKeys = ReturnType<typeof sinkKeys>;

/** A sink as the configuration describes it. */
export type SinkConfig = { readonly [T in SinkType]: ValuesOf<SinkKeys[T]> & { readonly type: T } }[SinkType];

/** `[[sinks]]`. */
export function sinks(environment: Environment): Reader<readonly SinkConfig[]> {
  const keys = sinkKeys(environment);
  return {
    expects: "a list of tables",
    read(value, spot) {
      if (!Array.isArray(value)) return wrongType(this.expects, value, spot);
      const read = value.map((entry, i) => readSink(entry, spot.at(i), keys));
      const names = new Map<string, number>();
      let isWhole = true;
      for (const [i, sink] of read.entries()) {
        if (sink === undefined) isWhole = false;
        else if (names.has(sink.name)) {
          const at = spot.at(i);
          at.report(
            "bad-value",
            `${at.name} has the name '${sink.name}', as an earlier sink has`,
            () => 'give it a "name" of its own',
          );
          isWhole = false;
        } else names.set(sink.name, i);
      }
      return isWhole ? (read as readonly SinkConfig[]) : undefined;
    },
  };
}

function readSink(entry: unknown, spot: Spot, keys: SinkKeys): SinkConfig | undefined {
  if (!isTable(entry)) return wrongType("a table", entry, spot);
  const type = typeOf(entry, spot);
  if (type === undefined) return undefined;
  const read = object(keys[type] as Keys).read(entry, spot) as SinkConfig | undefined;
  if (read?.type === "elasticsearch") {
    if (read.api_key !== undefined && read.username !== undefined) {
      spot.at("username").reportKey("unused-key", `'username' has no effect beside 'api_key'`);
    }
    if (read.username !== undefined && read.password === undefined) {
      reportMissing(spot, "password", "the password of the user");
      return undefined;
    }
  }
  return read;
}

function typeOf(table: Table, spot: Spot): SinkType | undefined {
  if (table["type"] === undefined) {
    reportMissing(spot, "type", `it must be one of ${sinkTypes.join(", ")}`);
    return undefined;
  }
  return oneOf(sinkTypes).read(table["type"], spot.at("type"));
}
