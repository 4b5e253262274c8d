import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Indicator } from "@tallyman/engine";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { listedValue } from "./listed-value.ts";
import { readIndicators } from "./read-indicators.ts";
import { readStixObject } from "./stix-indicator.ts";
import { parseStixPattern } from "./stix-pattern.ts";

const folder = mkdtempSync(join(tmpdir(), "tallyman-indicators-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function read(content: string | Buffer, name = "feed.txt") {
  const path = join(folder, name);
  writeFileSync(path, content);
  const input = readIndicators(path);
  const indicators: Indicator[] = [];
  for await (const batch of input) indicators.push(...batch);
  expect(input.report.count).toBe(indicators.length);
  const skips = Object.fromEntries(input.report.skips);
  const fields = indicators.map(
    ({ document }) => (document["threat"] as { indicator?: unknown } | undefined)?.indicator,
  );
  return { indicators, fields, skips, failure: input.report.failure };
}

test.for<readonly [string, string, string?]>([
  ["192.0.2.7", "ipv4-addr"],
  ["1.2.3[.]4", "ipv4-addr", "1.2.3.4"],
  ["2001:db8::1", "ipv6-addr"],
  ["hxxps://Example[.]org/a?b=c", "url", "https://Example.org/a?b=c"],
  ["Example.ORG", "domain-name", "example.org"],
  ["xn--bcher-kva.example", "domain-name"],
  ["bücher.example", "domain-name"],
  ["a@example.org", "email-addr"],
  ["a[@]example.org", "email-addr", "a@example.org"],
  ["D41D8CD98F00B204E9800998ECF8427E", "md5", "d41d8cd98f00b204e9800998ecf8427e"],
  ["da39a3ee5e6b4b0d3255bfef95601890afd80709", "sha1"],
  ["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "sha256"],
  ["HKLM\\Software\\Bad", "windows-registry-key"],
])("%s is of the kind %s", ([text, kind, value = text]) => {
  expect(listedValue(text)).toMatchObject({ kind, value });
});

test.for([
  "",
  "word",
  "1.2.3.4/24",
  "10.0.0.256",
  "a b",
  "x.1",
  "..",
  "-a.example",
  "abcdef",
  "a@b",
  `${"a".repeat(9000)}.org`,
])("%j is no value", (text) => {
  expect(listedValue(text).kind).toBe(undefined);
});

test("a list, with comments and what is no value", async () => {
  const { indicators, fields, skips } = await read(
    "# a list\n192.0.2.7\n\n; more\nexample.org # bad\n198.51.100.0/24\nhello\nhttps://example.org/x,high\n",
  );
  expect(fields).toEqual([
    { type: "ipv4-addr", ip: "192.0.2.7" },
    { type: "domain-name", url: { domain: "example.org" } },
    { type: "url", url: { full: "https://example.org/x", original: "https://example.org/x" } },
  ]);
  expect(indicators[0]).toMatchObject({
    index: join(folder, "feed.txt"),
    common: {
      event: { kind: "enrichment", category: ["threat"], type: ["indicator"], module: "threatintel" },
    },
    document: { threat: { feed: { name: "feed.txt" } } },
  });
  expect(skips).toEqual({
    "a block of addresses, which no event can equal": { count: 1, lines: [6] },
    "no address, domain, link, hash, e-mail address or registry key": { count: 1, lines: [7] },
  });
});

test("CSV by the names of its columns, also in a comment, with quotes and ends", async () => {
  const { indicators, fields, skips } = await read(
    '# generated\n# "first_seen","dst_ip","sha256_hash","Comment","valid until"\n"x","192.0.2.7","","a, ""b""","2024-05-01"\nx,,zz,,\nx,192.0.2.8,,,never\nx,,,note,\n',
    "feed.csv",
  );
  expect(fields).toEqual([{ type: "ipv4-addr", ip: "192.0.2.7", description: 'a, "b"' }]);
  expect(indicators[0]?.validUntilMs).toBe(Date.UTC(2024, 4, 1));
  expect(skips).toEqual({
    "no address, domain, link, hash, e-mail address or registry key": { count: 1, lines: [4] },
    "with an end that is no time": { count: 1, lines: [5] },
    "without a value": { count: 1, lines: [6] },
  });
});

test("CSV with a column of any field, and with several values of one thing", async () => {
  const { indicators, fields } = await read(
    "vulnerability.id;md5;sha1\nCVE-2024-1;;\n;D41D8CD98F00B204E9800998ECF8427E;da39a3ee5e6b4b0d3255bfef95601890afd80709\n",
  );
  expect(indicators[0]?.document).toMatchObject({ "vulnerability.id": "CVE-2024-1" });
  expect(fields[1]).toEqual({
    type: "file",
    file: {
      hash: { md5: "d41d8cd98f00b204e9800998ecf8427e", sha1: "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
    },
  });
});

test("documents of the Elastic Common Schema are taken as they are, exports with their ids", async () => {
  const document = { "@timestamp": "2024-05-01T00:00:00Z", threat: { indicator: { ip: "192.0.2.7" } } };
  const lines = [
    JSON.stringify(document),
    JSON.stringify({ _index: "logs-ti_x", _id: "7", _source: document }),
    "{broken",
    "7",
  ];
  const { indicators, skips } = await read(gzipSync(lines.join("\n")), "feed.ndjson.gz");
  expect(indicators).toEqual([
    { document, id: undefined, index: join(folder, "feed.ndjson.gz") },
    { document, id: "7", index: "logs-ti_x" },
  ]);
  expect(skips).toEqual({
    "not valid JSON": { count: 1, lines: [3] },
    "not a JSON object": { count: 1, lines: [4] },
  });
  expect((await read(JSON.stringify([document, document], undefined, 2))).indicators).toHaveLength(2);
});

test("a bundle of STIX 2.1", async () => {
  const indicator = (pattern: string, more: object = {}) => ({
    type: "indicator",
    spec_version: "2.1",
    id: `indicator--${pattern.length}`,
    pattern,
    pattern_type: "stix",
    valid_from: "2024-01-01T00:00:00Z",
    ...more,
  });
  const bundle = {
    type: "bundle",
    id: "bundle--1",
    objects: [
      { type: "identity", id: "identity--1", name: "x" },
      indicator("[ipv4-addr:value = '192.0.2.7']", {
        name: "n",
        confidence: 85,
        valid_until: "2024-06-01T00:00:00Z",
      }),
      indicator("[file:hashes.'SHA-256' = 'AA' AND file:hashes.MD5 = 'BB']"),
      indicator("[domain-name:value = 'a.example'] OR [domain-name:value IN ('b.example', 'c.example')]"),
      indicator("[ipv4-addr:value = '192.0.2.7' AND network-traffic:dst_port = 80]"),
      indicator("[ipv4-addr:value ISSUBSET '192.0.2.0/24']"),
      indicator("[process:name = 'x']"),
      indicator("x", { pattern_type: "yara" }),
      indicator("[ipv4-addr:value = '192.0.2.8']", { revoked: true }),
    ],
  };
  const { indicators, fields, skips } = await read(JSON.stringify(bundle, undefined, 1), "bundle.json");
  expect(fields).toEqual([
    {
      type: "ipv4-addr",
      ip: "192.0.2.7",
      id: "indicator--31",
      name: "n",
      confidence: "High",
      first_seen: "2024-01-01T00:00:00Z",
    },
    {
      type: "file",
      file: { hash: { sha256: "aa", md5: "bb" } },
      id: "indicator--57",
      first_seen: "2024-01-01T00:00:00Z",
    },
    {
      type: "domain-name",
      url: { domain: ["a.example", "b.example", "c.example"] },
      id: "indicator--86",
      first_seen: "2024-01-01T00:00:00Z",
    },
  ]);
  expect(indicators[0]).toMatchObject({ id: "indicator--31", validUntilMs: Date.UTC(2024, 5, 1) });
  expect(Object.values(skips).reduce((sum, { count }) => sum + count, 0)).toBe(5);
  expect(Object.keys(skips)).toEqual([
    "a STIX pattern that says more than values that are equal",
    "a STIX pattern about objects that are not looked at",
    "a pattern in another language than STIX",
    "revoked by its author",
  ]);
});

test.for([
  "",
  "[",
  "[a:b]",
  "[a:b = 'x'",
  "[a:b = x]",
  "[a:b = 'x'] FOLLOWEDBY [a:b = 'y']",
  "[NOT a:b = 'x']",
  "[a:b = 'x'] WITHIN 5 SECONDS",
  "[a:b = 'x'] OR",
  "[a:b IN ('x' 'y')]",
  "[a:b = 'x']]",
])("the pattern %j is not understood", (pattern) => {
  expect(parseStixPattern(pattern)).toBe(undefined);
});

test("a file that cannot be read says so, and what stands in files never throws", async () => {
  const input = readIndicators(join(folder, "nothing"));
  for await (const _ of input) expect.fail();
  expect(input.report.failure?.message).toBe(`'${join(folder, "nothing")}' does not exist`);
  const unit = fc.constantFrom(
    "{",
    "}",
    "[",
    '"',
    "ip,",
    "value;",
    "\n",
    "\r",
    "1.2.3.4",
    "a:",
    "'",
    "#",
    ",",
    "\\",
    "\u0000",
    "é",
  );
  await fc.assert(
    fc.asyncProperty(fc.string({ unit, maxLength: 60 }), async (text) => {
      await read(text, "fuzz");
    }),
    { numRuns: 300 },
  );
  fc.assert(
    fc.property(
      fc.string({
        unit: fc.constantFrom(
          "[",
          "]",
          "(",
          ")",
          "file:",
          "hashes.",
          "MD5",
          "'",
          "\\",
          "=",
          " OR ",
          " AND ",
          "IN",
          "x",
        ),
        maxLength: 40,
      }),
      (pattern) => {
        readStixObject({ type: "indicator", pattern });
      },
    ),
    { numRuns: 2000 },
  );
});
