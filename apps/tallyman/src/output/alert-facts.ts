import { isJsonObject, type Json, type JsonObject, readAll, readFirst } from "@tallyman/ecs";
import type { Alert } from "@tallyman/engine";
import { counted } from "./quantity.ts";

/** What a person wants to know of an alert, from its document. All of it is untrusted text. */
export interface AlertFacts {
  /** The thing itself: a command line, a file, a connection, an action. */
  readonly subject: string;
  /** What is around it, the most telling first; may be empty. */
  readonly details: readonly AlertDetail[];
}

export interface AlertDetail {
  /** A word of ours; empty where the value speaks for itself. */
  readonly label: string;
  /** At least one. */
  readonly values: readonly string[];
}

/** Gathers the facts; `arrow` stands between the two ends of a connection. */
export function factsOf(alert: Alert, arrow: string): AlertFacts {
  const { document } = alert;
  const told = new Set<string>();
  const read: Read = (path) => {
    const value = readFirst(document, path, "keyword") || undefined;
    if (value !== undefined) told.add(path);
    return value;
  };
  const ofGroup = thresholdOf(document) ?? anomalyOf(document);
  const { kind, text } =
    ofGroup === undefined
      ? (subjectOf(document, read, arrow) ?? { kind: "action", text: alert.reason })
      : { kind: "action", text: ofGroup };
  const details: AlertDetail[] = [];
  const add = (label: string, ...values: readonly (string | undefined)[]): void => {
    const present = values.filter((value) => value !== undefined);
    if (present.length > 0) details.push({ label, values: present });
  };
  for (const value of newTerms(document)) add("new", value);
  add("indicator", ...indicatorsOf(document));
  if (kind !== "process")
    add("process", read("process.command_line") ?? read("process.executable") ?? read("process.name"));
  add(
    "parent",
    read("process.parent.command_line") ?? read("process.parent.executable") ?? read("process.parent.name"),
  );
  add("user", qualified(read("user.domain"), "\\", read("user.name") ?? read("user.id")));
  add("host", read("host.name") ?? read("host.hostname") ?? read("host.id") ?? read("agent.name"));
  // The first twelve digits of an id are what container tools print.
  add(
    "container",
    read("container.name") ?? read("container.image.name"),
    read("container.id")?.slice(0, 12),
  );
  add("pod", qualified(read("orchestrator.namespace"), "/", podOf(read)));
  add("pid", read("process.pid"));
  if (kind !== "network") add("from", read("source.ip") ?? read("source.address"));
  const outcome = read("event.outcome");
  add("outcome", outcome === "failure" ? outcome : undefined);
  add("cloud", qualified(read("cloud.account.id"), "/", read("cloud.region")));
  add("", techniques(document["kibana.alert.rule.threat"]));
  for (const path of investigationFields(document)) if (!told.has(path)) add(path, read(path));
  return { subject: text, details };
}

/** So many of the fields that a rule's author wants to be looked at are shown. */
const investigationFieldsMax = 8;

/** The fields that the rule's author wants to be looked at; early versions of Kibana wrote the bare list. */
function investigationFields(document: JsonObject): readonly string[] {
  const parameters = document["kibana.alert.rule.parameters"];
  const fields = isJsonObject(parameters) ? parameters["investigation_fields"] : undefined;
  const names = isJsonObject(fields) ? fields["field_names"] : fields;
  return (Array.isArray(names) ? names : [])
    .filter((name) => typeof name === "string")
    .slice(0, investigationFieldsMax);
}

/** Reads the first value of a field; undefined when it has none or an empty one. */
type Read = (path: string) => string | undefined;

type SubjectKind = "process" | "file" | "network" | "registry" | "action";

interface Subject {
  readonly kind: SubjectKind;
  /** The values of `event.category` that mean this kind. */
  readonly categories: readonly string[];
  readonly text: (read: Read, arrow: string, document: JsonObject) => string | undefined;
}

/** What an event is about depends on its category; an event without one, or without what its category needs, is about what it has. */
function subjectOf(document: JsonObject, read: Read, arrow: string) {
  const categories = readAll(document, "event.category", "keyword");
  const preferred = subjects.filter((subject) =>
    subject.categories.some((category) => categories.includes(category)),
  );
  for (const { kind, text } of [...preferred, ...subjects]) {
    const found = text(read, arrow, document);
    if (found !== undefined) return { kind, text: found };
  }
  return undefined;
}

const subjects: readonly Subject[] = [
  { kind: "registry", categories: ["registry"], text: (read) => read("registry.path") },
  {
    kind: "file",
    categories: ["file"],
    text(read, arrow) {
      const path = read("file.path") ?? read("file.name");
      if (path === undefined) return undefined;
      const before = read("file.Ext.original.path");
      return joined(read("event.action"), before === undefined ? path : `${before} ${arrow} ${path}`);
    },
  },
  {
    kind: "network",
    categories: ["network"],
    text(read, arrow) {
      const question = read("dns.question.name");
      if (question !== undefined) return `dns ${question}`;
      const destination = endpoint(read, "destination");
      if (destination === undefined) return undefined;
      const source = endpoint(read, "source");
      const name = read("destination.domain") ?? read("url.domain");
      return joined(
        source === undefined ? `${arrow} ${destination}` : `${source} ${arrow} ${destination}`,
        name === undefined ? undefined : `(${name})`,
        read("network.transport"),
      );
    },
  },
  {
    kind: "process",
    categories: ["process"],
    text: (read, _arrow, document) =>
      read("process.command_line") ??
      argumentsOf(document) ??
      read("process.executable") ??
      read("process.name"),
  },
  {
    kind: "action",
    categories: ["api", "authentication", "configuration", "database", "email", "iam", "session", "web"],
    text: (read) => {
      const action = read("event.action");
      return action === undefined
        ? read("message")
        : joined(action, read("event.provider"), read("event.code"));
    },
  },
];

function endpoint(read: Read, side: "source" | "destination"): string | undefined {
  const address = read(`${side}.ip`) ?? read(`${side}.address`);
  const port = read(`${side}.port`);
  if (address === undefined || port === undefined) return address;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** More arguments than can be shown are not joined. */
const argumentsMax = 200;

function argumentsOf(document: JsonObject): string | undefined {
  const args = readAll(document, "process.args", "keyword");
  return args.length === 0 ? undefined : args.slice(0, argumentsMax).join(" ");
}

function podOf(read: Read): string | undefined {
  return read("orchestrator.resource.type") === "pod" ? read("orchestrator.resource.name") : undefined;
}

/** `field=value` for each field of a rule of type new_terms. */
function newTerms(document: JsonObject): readonly string[] {
  const values = document["kibana.alert.new_terms"];
  const parameters = document["kibana.alert.rule.parameters"];
  const fields = isJsonObject(parameters) ? parameters["new_terms_fields"] : undefined;
  if (!Array.isArray(values)) return [];
  return values.map((value: Json, i) => {
    const field: Json | undefined = Array.isArray(fields) ? fields[i] : undefined;
    return typeof field === "string" ? `${field}=${String(value)}` : String(value);
  });
}

/** What a group of events has come to that a rule of type threshold counts. */
function thresholdOf(document: JsonObject): string | undefined {
  const result = document["kibana.alert.threshold_result"];
  if (!isJsonObject(result)) return undefined;
  const terms = objectsIn(result["terms"]).map(({ field, value }) => `${String(field)}=${String(value)}`);
  const [cardinality] = objectsIn(result["cardinality"]);
  return joined(
    counted(Number(result["count"]), "event"),
    terms.length === 0 ? undefined : `with ${terms.join(", ")}`,
    cardinality === undefined
      ? undefined
      : `and ${String(cardinality["value"])} values of ${String(cardinality["field"])}`,
  );
}

/** What a job of machine learning has found: of rules that read such records, since any event may have fields that are called so. */
function anomalyOf(document: JsonObject): string | undefined {
  const { job_id: job, record_score: score, result_type: type } = document;
  if (document["kibana.alert.rule.type"] !== "machine_learning") return undefined;
  if (type !== "record" || typeof job !== "string" || typeof score !== "number") return undefined;
  return `anomaly of ${job}, score ${Math.round(score)}`;
}

/** What the event equals, by feed, as a rule of type threat_match has found. */
function indicatorsOf(document: JsonObject): readonly string[] {
  const threat = document["threat"];
  const enrichments = isJsonObject(threat) ? objectsIn(threat["enrichments"]) : [];
  const found = enrichments.flatMap(({ feed, matched }) => {
    if (!isJsonObject(matched) || matched["type"] !== "indicator_match_rule") return [];
    const name = isJsonObject(feed) ? feed["name"] : undefined;
    const value = String(matched["atomic"]);
    return [typeof name === "string" ? `${value} in ${name}` : value];
  });
  return [...new Set(found)].slice(0, 3);
}

/** The ids of the techniques, each only by its subtechniques where the rule names some. */
function techniques(threats: Json | undefined): string | undefined {
  const ids = objectsIn(threats)
    .flatMap((threat) => objectsIn(threat["technique"]))
    .flatMap((technique) => {
      const below = objectsIn(technique["subtechnique"]);
      return below.length > 0 ? below : [technique];
    })
    .map(({ id }) => id)
    .filter((id) => typeof id === "string");
  return ids.length === 0 ? undefined : [...new Set(ids)].slice(0, 4).join(",");
}

function objectsIn(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function qualified(owner: string | undefined, mark: string, name: string | undefined): string | undefined {
  return owner === undefined || name === undefined ? name : `${owner}${mark}${name}`;
}

function joined(...parts: readonly (string | undefined)[]): string | undefined {
  const present = parts.filter((part) => part !== undefined);
  return present.length === 0 ? undefined : present.join(" ");
}
