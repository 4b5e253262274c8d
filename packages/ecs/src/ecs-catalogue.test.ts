import fc from "fast-check";
import { expect, test } from "vitest";
import { ecsCatalogue } from "./ecs-catalogue.ts";
import type { Field } from "./field-catalogue.ts";
import { pathLengthMax } from "./field-path.ts";
import { fieldTypes } from "./field-type.ts";

const ecs = ecsCatalogue();

/** A field as most are: what a row leaves out. */
function ordinary(path: string): Field {
  return {
    path,
    valuePath: path,
    type: "keyword",
    lowercase: false,
    analyzer: "standard",
    isArray: false,
    nestedPath: undefined,
  };
}

test.for([
  ["process.name", {}],
  ["@timestamp", { type: "date" }],
  ["process.pid", { type: "long" }],
  ["process.args", { isArray: true }],
  ["process.interactive", { type: "boolean" }],
  ["process.command_line", { type: "wildcard" }],
  ["source.ip", { type: "ip" }],
  ["host.ip", { type: "ip", isArray: true }],
  ["message", { type: "match_only_text" }],
  ["ml_is_dga.malicious_probability", { type: "double" }],
  ["kibana.alert.risk_score", { type: "double" }],
  ["data_stream.dataset", { type: "constant_keyword" }],
  ["powershell.file.script_block_text", { type: "text", analyzer: "powershell" }],
  ["kubernetes.audit.annotations.authorization_k8s_io/decision", {}],
  // Multi-fields read the values of the field that they belong to.
  ["process.name.text", { type: "match_only_text", valuePath: "process.name" }],
  ["process.name.caseless", { lowercase: true, valuePath: "process.name" }],
  ["process.command_line.caseless", { lowercase: true, valuePath: "process.command_line" }],
  ["host.os.name.caseless", { lowercase: true, valuePath: "host.os.name" }],
  // Objects, whether the tables list them or not.
  ["process", { type: "object" }],
  ["process.parent.thread", { type: "object" }],
  ["dns.answers", { type: "object", isArray: true }],
  // Any key below a flattened field is one.
  ["aws.cloudtrail.flattened.request_parameters", { type: "flattened" }],
  ["aws.cloudtrail.flattened.request_parameters.x-amz-acl", { type: "flattened" }],
  ["gcp.audit.labels.authorization.k8s.io/decision", { type: "flattened" }],
  ["gcp.audit.labels.text", { type: "flattened" }],
  // Nested objects, and what is in them.
  ["gcp.audit.service_data.policy_delta.binding_deltas", { type: "nested" }],
  [
    "gcp.audit.service_data.policy_delta.binding_deltas.action",
    { nestedPath: "gcp.audit.service_data.policy_delta.binding_deltas" },
  ],
] as const)("%s is found", ([path, differences]) => {
  expect(ecs.find(path)).toEqual({ ...ordinary(path), ...differences });
});

test.for([
  "",
  ".",
  " ",
  "nothing.like.it",
  "process.nothing",
  "Process.name",
  "process.name ",
  "process .name",
  "exists trusted",
  "process.code_signature.exists trusted",
  // Multi-fields that the field does not have, and multi-fields of multi-fields.
  "host.name.caseless",
  "process.pid.text",
  "process.name.keyword",
  "process.name.text.text",
  "process.text",
  // What is not a name.
  "process.",
  ".process",
  "process..name",
  "gcp.audit.labels.",
  "gcp.audit.labels..x",
  // What every JavaScript object has.
  "__proto__",
  "constructor",
  "process.constructor",
  "process.__proto__.name",
  "process.name.__proto__",
  "toString.length",
  // What only an attacker writes.
  "x".repeat(65_536),
  "process.".repeat(8192),
  ".".repeat(65_536),
  `gcp.audit.labels.${"x".repeat(pathLengthMax)}`,
])("case %#: unknown names are not found", (path) => {
  expect(ecs.find(path)).toBeUndefined();
  expect(ecs.multiFields(path)).toEqual([]);
});

test("multi-fields are named by their last part", () => {
  expect(ecs.multiFields("process.name")).toEqual(["caseless", "text"]);
  expect(ecs.multiFields("url.full")).toEqual(["text"]);
  expect(ecs.multiFields("process.pid")).toEqual([]);
  expect(ecs.multiFields("process")).toEqual([]);
});

test("every listed name is found, once, under its own name", () => {
  const names = ecs.names();
  expect(names.length).toBeGreaterThan(9000);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => ecs.find(name)?.path !== name)).toEqual([]);
  expect(names).toContain("@timestamp");
  expect(names).toContain("process.name.caseless");
});

test("the catalogue is read once", () => {
  expect(ecsCatalogue()).toBe(ecs);
});

test("types are laid over names, known and unknown", () => {
  const catalogue = ecs.with({ "process.name": "ip", "my.own.field": "long" });
  expect(catalogue.find("process.name")).toEqual({ ...ordinary("process.name"), type: "ip" });
  expect(catalogue.find("my.own.field")).toEqual({ ...ordinary("my.own.field"), type: "long" });
  expect(catalogue.find("my.own")).toEqual({ ...ordinary("my.own"), type: "object" });
  expect(catalogue.find("my.other")).toBeUndefined();
  expect(catalogue.find("process.pid")).toEqual(ecs.find("process.pid"));
  expect(catalogue.names()).toContain("my.own.field");
  expect(catalogue.names()).toHaveLength(ecs.names().length + 1 - ecs.multiFields("process.name").length);
});

test("a laid-over field has no multi-fields", () => {
  const catalogue = ecs.with({ "process.name": "keyword" });
  expect(catalogue.multiFields("process.name")).toEqual([]);
  expect(catalogue.find("process.name.caseless")).toBeUndefined();
});

test("laying types over a catalogue leaves it as it was", () => {
  const before = ecs.names();
  ecs.with({ "process.name": "long", "process.nothing": "long", "winlog.event_data": "flattened" });
  expect(ecs.names()).toEqual(before);
  expect(ecs.find("process.name")?.type).toBe("keyword");
  expect(ecs.find("process.nothing")).toBeUndefined();
  expect(ecs.find("winlog.event_data.TargetUserName")?.type).toBe("keyword");
});

test("what is laid over can be laid over again", () => {
  const catalogue = ecs.with({ "my.field": "long" }).with({ "my.field": "date", "my.other": "ip" });
  expect(catalogue.find("my.field")?.type).toBe("date");
  expect(catalogue.find("my.other")?.type).toBe("ip");
});

test("a laid-over nested object makes the names below it nested", () => {
  const catalogue = ecs.with({
    "process.parent": "nested",
    "my.list": "nested",
    "my.list.inner": "nested",
    "my.list.inner.x": "long",
  });
  expect(catalogue.find("process.parent")).toEqual({ ...ordinary("process.parent"), type: "nested" });
  expect(catalogue.find("process.parent.name.text")?.nestedPath).toBe("process.parent");
  expect(catalogue.find("process.name")?.nestedPath).toBeUndefined();
  expect(catalogue.find("my.list.inner")?.nestedPath).toBe("my.list");
  expect(catalogue.find("my.list.inner.x")?.nestedPath).toBe("my.list.inner");
  expect(catalogue.find("my.list.unknown")).toBeUndefined();
});

test("a laid-over flattened field takes the place of the fields below it", () => {
  const catalogue = ecs.with({ "winlog.event_data": "flattened", "winlog.event_data.mine": "long" });
  expect(catalogue.find("winlog.event_data.TargetUserName")?.type).toBe("flattened");
  expect(catalogue.find("winlog.event_data.a.b.c")?.type).toBe("flattened");
  expect(catalogue.find("winlog.event_data.mine")?.type).toBe("long");
  expect(catalogue.find("winlog.event_id")).toEqual(ecs.find("winlog.event_id"));
  expect(catalogue.names()).not.toContain("winlog.event_data.TargetUserName");
});

test("a laid-over field may stand above others", () => {
  const catalogue = ecs.with({ process: "keyword" });
  expect(catalogue.find("process")?.type).toBe("keyword");
  expect(catalogue.find("process.name")).toEqual(ecs.find("process.name"));
});

test("names that are none cannot be laid over", () => {
  const catalogue = ecs.with({
    "": "long",
    "a..b": "long",
    "x.": "long",
    [".".repeat(65_536)]: "long",
    ["a.".repeat(65_536)]: "long",
  });
  expect(catalogue.names()).toHaveLength(ecs.names().length);
  expect(catalogue.find("")).toBeUndefined();
  expect(catalogue.find("a..b")).toBeUndefined();
});

test("names that every JavaScript object has can be laid over like others", () => {
  const catalogue = ecs.with(JSON.parse(`{ "__proto__": "ip", "constructor.name": "long" }`));
  expect(catalogue.find("__proto__")?.type).toBe("ip");
  expect(catalogue.find("constructor")?.type).toBe("object");
  expect(catalogue.find("constructor.name")?.type).toBe("long");
});

test("no text makes the catalogue fail, and what it finds is consistent", () => {
  const part = fc.constantFrom(
    "process",
    "name",
    "text",
    "gcp",
    "audit",
    "labels",
    "",
    "__proto__",
    "é",
    " ",
  );
  const path = fc.oneof(
    fc.array(part, { maxLength: 6 }).map((parts) => parts.join(".")),
    fc.string({ unit: "binary" }),
  );
  fc.assert(
    fc.property(path, fc.constantFrom(...fieldTypes), (name, type) => {
      const found = ecs.find(name);
      if (found !== undefined) expect(found.path).toBe(name);
      const over = ecs.with({ [name]: type }).find(name);
      expect(over?.type ?? found?.type).toBe(over === undefined ? undefined : type);
    }),
  );
});

test("names below a laid-over field with values are its multi-fields", () => {
  const catalogue = ecsCatalogue().with({
    title: "text",
    "title.raw": "keyword",
    note: "text",
    "own.obj": "object",
    "own.obj.x": "long",
  });
  expect(catalogue.find("title.raw")).toMatchObject({ valuePath: "title", type: "keyword" });
  expect(catalogue.multiFields("title")).toEqual(["raw"]);
  expect(catalogue.find("note.keyword")).toMatchObject({ valuePath: "note", type: "keyword" });
  expect(catalogue.find("own.obj.x")).toMatchObject({ valuePath: "own.obj.x", type: "long" });
});
