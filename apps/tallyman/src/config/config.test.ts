import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isTable } from "@tallyman/rules/schema";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { configTables, topKeys } from "./config-keys.ts";
import { defaultConfig, parseConfig } from "./load-config.ts";
import { expandVariables, hasVariables, shownText } from "./secret.ts";
import type { Setting } from "./setting.ts";
import { renderConfig, shownConfig } from "./show-config.ts";
import { sinkKeys } from "./sink-keys.ts";

const folder = mkdtempSync(join(tmpdir(), "tallyman-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

function load(text: string, environment: Readonly<Record<string, string>> = {}) {
  const loaded = parseConfig({ path: "/etc/tallyman/tallyman.toml", text }, environment);
  return { ...loaded, codes: loaded.diagnostics.map(({ code }) => code) };
}

const everything = `
rules = ["rules", "/elsewhere/r.toml"]
exceptions = ["exceptions.toml"]
field_types = "types.json"
reload = true
workers = 3

[input]
files = ["-", "a.ndjson"]
index = "logs-x"
lateness = "5m"
learn_from = ["old.ndjson"]
learn_for = "2h"

[output]
file = "-"
format = "ndjson"
fail_on = "high"
quiet = true
color = "never"

[state]
folder = "state"
save_every = "5s"

[metrics]
listen = "[::1]:09464"

[limits]
spool = "64 MiB"
delivery_wait = "3s"
terms = 1000
open_sequences = 7
held_events = 5

[[sinks]]
type = "file"
path = "alerts.ndjson"
rotate_size = "1MB"
keep = 0

[[sinks]]
type = "webhook"
name = "siem"
url = "https://siem.example/\${PATH_PART}"
headers = { Authorization = "Bearer \${TOKEN}", X-Literal = "plain-secret" }
min_severity = "high"
building_blocks = true
batch = 7
retry_first = "20ms"
retry_max = "1h"
timeout = "1s"
format = "ndjson"

[[sinks]]
type = "slack"
url = "https://hooks.slack.example/services/SECRET/PATH"

[[sinks]]
type = "elasticsearch"
url = "http://localhost:9200"
username = "elastic"
password = "\${PASSWORD}"

[[sinks]]
type = "syslog"
address = "tcp://[::1]:6010"
`;

const secrets = { PATH_PART: "path-secret", TOKEN: "token-secret", PASSWORD: "p4ss" };

test("every key is read; paths count from the file's folder", () => {
  const { codes, config } = load(everything, secrets);
  expect(codes).toEqual([]);
  expect(config).toMatchObject({
    rules: ["/etc/tallyman/rules", "/elsewhere/r.toml"],
    exceptions: ["/etc/tallyman/exceptions.toml"],
    field_types: "/etc/tallyman/types.json",
    reload: true,
    workers: 3,
    input: {
      files: ["-", "/etc/tallyman/a.ndjson"],
      index: "logs-x",
      lateness: 300_000,
      learn_from: ["/etc/tallyman/old.ndjson"],
      learn_for: 7_200_000,
    },
    output: { file: "-", format: "ndjson", fail_on: "high", quiet: true, color: "never" },
    state: { folder: "/etc/tallyman/state", save_every: 5000 },
    limits: { spool: 64 * 2 ** 20, delivery_wait: 3000, terms: 1000, open_sequences: 7, held_events: 5 },
    sinks: [
      {
        type: "file",
        name: "file",
        path: "/etc/tallyman/alerts.ndjson",
        rotate_size: 1e6,
        keep: 0,
        building_blocks: true,
      },
      {
        type: "webhook",
        name: "siem",
        min_severity: "high",
        batch: 7,
        retry_first: 20,
        retry_max: 3_600_000,
      },
      { type: "slack", building_blocks: false, batch: 10 },
      { type: "elasticsearch", index: "tallyman-alerts", api_key: undefined },
      {
        type: "syslog",
        address: { kind: "tcp", host: "::1", port: 6010 },
        facility: "authpriv",
        message_size: 8192,
      },
    ],
  });
  const webhook = config?.sinks[1];
  expect(webhook?.type === "webhook" && [webhook.url.value, webhook.headers["Authorization"]?.value]).toEqual(
    ["https://siem.example/path-secret", "Bearer token-secret"],
  );
});

test.for<[written: string, shown: string]>([
  ["s3cret", "********"],
  [`\${A}`, `\${A}`],
  [`Bearer \${A}`, `Bearer \${A}`],
  [`Bearer s3cret\${A}`, `Bearer ********\${A}`],
  [`https://hooks.example/s3cret/\${A}`, `https://hooks.example/********\${A}`],
  [`https://\${A}/s3cret?key=s3cret`, `https://\${A}********`],
])("%s is shown as %s", ([written, shown]) => {
  expect(shownText(written)).toBe(shown);
});

test.for([
  `[[sinks]]\ntype = "slack"\nurl = "https://u:s3cret@x/"`,
  `[[sinks]]\ntype = "elasticsearch"\nurl = "https://x/"\napi_key = "s3cret" s3cret`,
  `[[sinks]]\ntype = "elasticsearch"\nurl = "https://x/"\napi-key = "s3cret"`,
  `[[sinks]]\ntype = "elasticsearch"\nurl = "https://x/"\npassword = """s3cret\ns3cret"""\nuser = 1`,
  `[[sinks]]\ntype = "webhook"\nurl = "https://x/"\nheaders = { "A B" = "s3cret" }`,
  `sinks = [\n  { type = "slack", url = "s3cret", url = "s3cret" },\n]`,
  `[[sink]]\nurl = "s3cret\n`,
])("what is shown of a mistake holds no secret: %j", (text) => {
  const { diagnostics } = load(text);
  expect(diagnostics.length).toBeGreaterThan(0);
  for (const { message, source, span, hint } of diagnostics) {
    expect(source.text).toHaveLength(text.length);
    const { line } = source.position(span.start);
    expect(`${message} ${hint} ${source.line(line)}`).not.toMatch("s3cret");
    expect(source.text).not.toMatch("s3cret");
  }
});

test("beside a mistake elsewhere the text is as it is", () => {
  const [first] = load('rules = 3\n[[sinks]]\ntype = "slack"\nurl = "x"').diagnostics;
  expect(first?.source.line(1)).toBe("rules = 3");
  expect(first?.source.line(3)).toBe('type = "slack"');
});

test("an empty file says nothing, as no file does", () => {
  for (const text of ["", "# nothing\n", "[input]\n[output]\n[state]\n[limits]\n"]) {
    expect(load(text).config).toEqual({ ...defaultConfig(), path: "/etc/tallyman/tallyman.toml" });
  }
});

test("what is shown holds no secret, and says the same when it is read again", () => {
  const { config } = load(everything, secrets);
  if (config === undefined) throw new Error("no configuration");
  const shown = renderConfig(config);
  for (const text of [shown, JSON.stringify(shownConfig(config))]) {
    expect(text).not.toMatch(/path-secret|token-secret|p4ss|plain-secret|SECRET/);
    expect(text).toContain(`Bearer \${TOKEN}`);
    expect(text).toContain("https://hooks.slack.example/********");
    expect(text).toContain("http://localhost:9200");
  }
  const again = load(shown, secrets);
  expect(again.codes).toEqual([]);
  expect(renderConfig(again.config ?? defaultConfig())).toBe(shown);
  expect(shown).toMatch(/^delivery_wait = "3s"$/m);
  expect(shown).toMatch(/^listen = "\[::1\]:9464"$/m);
  expect(renderConfig(defaultConfig())).toMatchInlineSnapshot(`
    "# rules is not set: the built-in rules
    # exceptions is not set
    # indicators is not set
    # field_types is not set
    reload = false  # default
    workers = 0  # default

    [input]
    # files is not set
    # from is not set: told by the first record of each file
    # index is not set
    lateness = "1m"  # default
    # learn_from is not set
    learn_for = "0s"  # default

    [output]
    # file is not set
    # format is not set: table on a terminal, else ndjson
    # fail_on is not set
    quiet = false  # default
    color = "auto"  # default

    [state]
    # folder is not set
    save_every = "30s"  # default

    [sensor]
    # source is not set: the first that can be used
    allow_audit = false  # default
    network = true  # default
    files = true  # default
    ring_size = "8MiB"  # default
    # user is not set

    [metrics]
    # listen is not set

    [limits]
    spool = "256MiB"  # default
    delivery_wait = "10s"  # default
    terms = 5000000  # default
    open_sequences = 100000  # default
    held_events = 10000  # default
    "
  `);
});

test.for<[about: string, text: string, want: readonly string[]]>([
  ["no TOML", "rules = [", ["bad-toml"]],
  ["a wrong type", "rules = 3", ["wrong-type"]],
  ["a table that is none", "input = 3", ["wrong-type"]],
  ["an unknown key", "rule = []", ["unknown-key"]],
  ["a span without a unit that is known", '[state]\nsave_every = "5 fortnights"', ["bad-value"]],
  ["a span that is too short", '[state]\nsave_every = "1ms"', ["bad-value"]],
  ["a size without a unit", '[limits]\nspool = "1000000"', ["bad-value"]],
  ["a size that is too small", '[limits]\nspool = "1kB"', ["bad-value"]],
  ["a sink without a type", "[[sinks]]", ["missing-key"]],
  ["a sink of no known type", '[[sinks]]\ntype = "webhok"', ["bad-value"]],
  ["a sink that is no table", "sinks = [3]", ["wrong-type"]],
  ["sinks that are no list", "sinks = 3", ["wrong-type"]],
  ["a sink without its address", '[[sinks]]\ntype = "slack"', ["missing-key"]],
  [
    "two sinks of one name",
    '[[sinks]]\ntype = "file"\npath = "a"\n[[sinks]]\ntype = "file"\npath = "b"',
    ["bad-value"],
  ],
  [
    "two sinks of one file",
    '[[sinks]]\ntype = "file"\npath = "a"\n[[sinks]]\ntype = "file"\nname = "b"\npath = "./x/../a"',
    ["bad-value"],
  ],
  [
    "a sink of the file of the output",
    '[output]\nfile = "a"\n[[sinks]]\ntype = "file"\npath = "a"',
    ["bad-value"],
  ],
  ["a name that is no file name", '[[sinks]]\ntype = "file"\npath = "a"\nname = "../x"', ["bad-value"]],
  ["a URL of another kind", '[[sinks]]\ntype = "slack"\nurl = "ftp://x/"', ["bad-value"]],
  ["a URL with a password", '[[sinks]]\ntype = "slack"\nurl = "https://a:b@x/"', ["bad-value"]],
  [
    "a header that cannot be sent",
    '[[sinks]]\ntype = "webhook"\nurl = "https://x/"\nheaders = { A = "a\\nB: c" }',
    ["bad-value"],
  ],
  [
    "a header's name that cannot be sent",
    '[[sinks]]\ntype = "webhook"\nurl = "https://x/"\nheaders = { "A B" = "c" }',
    ["bad-value"],
  ],
  [
    "a key that cannot be sent",
    '[[sinks]]\ntype = "elasticsearch"\nurl = "https://x/"\napi_key = "a\\nb"',
    ["bad-value"],
  ],
  [
    "a user without a password",
    '[[sinks]]\ntype = "elasticsearch"\nurl = "https://x/"\nusername = "u"',
    ["missing-key"],
  ],
  [
    "an index that cannot be one",
    '[[sinks]]\ntype = "elasticsearch"\nurl = "https://x/"\nindex = "A B"',
    ["bad-value"],
  ],
  ["an address of no known kind", '[[sinks]]\ntype = "syslog"\naddress = "siem.example"', ["bad-value"]],
  ["a port that is none", '[[sinks]]\ntype = "syslog"\naddress = "udp://x:70000"', ["bad-value"]],
])("%s", ([, text, want]) => {
  const { codes, config } = load(text);
  expect(codes).toEqual(want);
  expect(config === undefined).toBe(want[0] !== "unknown-key");
});

test("a key without effect is a warning", () => {
  const text =
    '[[sinks]]\ntype = "elasticsearch"\nurl = "https://x/"\napi_key = "k"\nusername = "u"\npassword = "p"';
  const { codes, config } = load(text);
  expect([codes, config !== undefined]).toEqual([["unused-key"], true]);
});

test.for<[text: string, want: string]>([
  [`\${A}`, "1"],
  [`x\${A}y\${B}z`, "x1y2z"],
  [`$\${A}`, `\${A}`],
  ["$$$A $", "$$A $"],
  [`\${not a name}`, `\${not a name}`],
])("%s is %s", ([text, want]) => {
  expect(expandVariables(text, { A: "1", B: "2" })).toEqual({ value: want });
});

test("variables are found where they are put in, and nowhere else", () => {
  const part = fc.constantFrom("$", "$$", `\${A}`, "{A}", " ", `\${`, "}");
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const text = parts.join("");
      const [one, two] = ["1", "2"].map((value) => expandVariables(text, { A: value }));
      expect(hasVariables(text)).toBe(JSON.stringify(one) !== JSON.stringify(two));
    }),
  );
});

test("no text makes reading throw", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.constantFrom(...everything.split("\n").map((line) => `${line}\n`)).map((line) => line),
      ),
      (text) => {
        load(text);
        load(everything.replace("[input]", text), secrets);
      },
    ),
    { numRuns: 300 },
  );
});

/** Each setting that is no sink's, with how it is written in a file. */
const allSettings = [
  ...Object.entries<Setting<unknown>>(topKeys).map(([name, key]) => ({ name, key, head: "" })),
  ...Object.entries(configTables).flatMap(([table, keys]) =>
    Object.entries<Setting<unknown>>(keys).map(([name, key]) => ({ name, key, head: `[${table}]\n` })),
  ),
];

describe("what is said of each key", () => {
  test("its example is one, and where it has a value without the file, that is said", () => {
    for (const { head, key, name } of allSettings) {
      expect([name, load(`${head}${name} = ${key.example}`).codes]).toEqual([name, []]);
      const isEmpty =
        key.fallback === undefined || (Array.isArray(key.fallback) && key.fallback.length === 0);
      if (!isEmpty) expect([name, key.otherwise === undefined]).toEqual([name, false]);
    }
    for (const [type, keys] of Object.entries(sinkKeys({}))) {
      const lines = Object.entries(keys).map(([name, { example }]) => `${name} = ${example}`);
      const used = {
        SLACK_WEBHOOK: "https://hooks.example/x",
        ES_API_KEY: "k",
        ES_PASSWORD: "p",
        ALERT_TOKEN: "t",
      };
      const { codes } = load(`[[sinks]]\n${lines.join("\n")}`, used);
      expect([type, codes]).toEqual([type, type === "elasticsearch" ? ["unused-key"] : []]);
      for (const [name, { fallback, otherwise }] of Object.entries(keys)) {
        const isEmpty = fallback === undefined || (isTable(fallback) && Object.keys(fallback).length === 0);
        expect([name, isEmpty || otherwise !== undefined]).toEqual([name, true]);
      }
    }
  });

  test("the value without the file is the one that is said", () => {
    for (const { head, key, name } of allSettings) {
      if (key.otherwise === undefined || key.fallback === undefined || Array.isArray(key.fallback)) continue;
      const { config } = load(`${head}${name} = ${key.otherwise}`);
      expect([name, config]).toEqual([name, { ...defaultConfig(), path: "/etc/tallyman/tallyman.toml" }]);
    }
  });
});

test("a file that is too large is not read", () => {
  const path = join(folder, "large.toml");
  writeFileSync(path, "#".repeat(2 ** 20 + 1));
  expect(readFileSync(path).length).toBeGreaterThan(2 ** 20);
  expect(load("#".repeat(2 ** 20 + 1)).codes).toEqual(["file-too-large"]);
});
