import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ecsCatalogue, FieldSlots, type JsonObject, parseTimestamp, readFirst } from "@tallyman/ecs";
import { type Alert, Engine, MemoryFirstSeenStore, prepareRules } from "@tallyman/engine";
import { renderDiagnostic } from "@tallyman/languages";
import { loadRules } from "@tallyman/rules";
import { describe, expect, test } from "vitest";
import { readEvents } from "../apps/tallyman/src/input/read-events.ts";

const repository = fileURLToPath(new URL("..", import.meta.url));

const egress = "Egress Connection from Entrypoint in Container";
const awsKeys = "AWS Credentials Searched For Inside A Container";
const chmod = "File Made Executable via Chmod Inside A Container";
const utility = "Container Management Utility Run Inside A Container";
const privileged = "Privileged Docker Container Creation";
const interactive = "Unusual Interactive Process Launched in a Container";

const pack = preparePack();

describe("the pack", () => {
  test("loads without a diagnostic", () => {
    expect(pack.diagnostics.map((found) => renderDiagnostic(found))).toEqual([]);
  });

  test("is ready to run, every rule under an id of its own", () => {
    const rules = pack.prepared.ready.map(({ rule }) => rule);
    expect(rules.map(({ name }) => name).sort()).toEqual(
      [egress, awsKeys, chmod, utility, privileged, interactive].sort(),
    );
    expect(pack.prepared.idle).toEqual([]);
    expect(new Set(rules.map(({ rule_id }) => rule_id)).size).toBe(rules.length);
  });
});

/** The alerts of a recording as `tallyman scan --learn-from` raises them: the lines of the events that an alert is about, and the rule. */
type Raised = readonly [lines: readonly number[], rule: string];

const quiet = "examples/container-shell/quiet.ndjson.gz";

interface Recording {
  readonly folder: string;
  readonly file: string;
  readonly alerts: readonly Raised[];
}

const containerShell: Recording = {
  folder: "examples/container-shell",
  file: "intrusion.ndjson.gz",
  alerts: [
    [[207], interactive],
    [[220], interactive],
    [[258], interactive],
    [[265], awsKeys],
    [[350], interactive],
    [[372], chmod],
    [[372], interactive],
    [[377], interactive],
  ],
};

const sixAttacks: Recording = {
  folder: "examples/six-attacks",
  file: "events.ndjson.gz",
  alerts: [
    [[1661, 1664], egress],
    [[1669], chmod],
    [[1678], awsKeys],
    [[2248], interactive],
    [[2370], awsKeys],
    [[2425], awsKeys],
    [[2425], interactive],
    [[2513], utility],
    [[2513], interactive],
    [[2518], utility],
    [[2573], interactive],
    [[2600], interactive],
    [[2644], chmod],
    [[2656], interactive],
    [[2735], privileged],
    [[2836], privileged],
  ],
};

const recordings = [containerShell, sixAttacks];

describe("the recordings", () => {
  test.for(recordings)("$folder raises exactly these alerts", async ({ alerts, file, folder }) => {
    expect(await scan(`${folder}/${file}`)).toEqual(alerts);
  });

  test.for(recordings)("$folder/README.md has the lines in bold that raise alerts", ({ alerts, folder }) => {
    const readme = readFileSync(join(repository, folder, "README.md"), "utf8");
    const bold = [...readme.matchAll(/^\| \*\*(\d+)\*\* \|/gm)].map(([, line]) => Number(line));
    expect(bold).toEqual([...new Set(alerts.flatMap(([lines]) => lines))].sort((a, b) => a - b));
  });

  test("every rule of the pack fires in examples/six-attacks", () => {
    const fired = new Set(sixAttacks.alerts.map(([, rule]) => rule));
    expect(pack.prepared.ready.filter(({ rule }) => !fired.has(rule.name))).toEqual([]);
  });
});

const container = { entry_leader: { entry_meta: { type: "container" } } };

/** A command line as a process that was started in a container. */
function inContainer(commandLine: string): JsonObject {
  return exec(commandLine, container);
}

function exec(commandLine: string, process: JsonObject = {}): JsonObject {
  const args = commandLine.split(" ");
  const name = args[0]?.split("/").at(-1) ?? "";
  return event("process", "exec", { name, args, command_line: commandLine, ...process });
}

describe(chmod, () => {
  const makes = "+x u+x a+rx ug=rwx u=rw,g+x u+w+x +xs +st,+x 755 0755 700 711 4755 1777 1 10 100 777".split(
    " ",
  );
  const leaves = "-x a-x u-x,g+r +X u=rw,o-x go= 644 0644 640 600 000 1666 4644 2 20 400 u+s +t g=u".split(
    " ",
  );

  test.for(makes)("chmod %s", (mode) => {
    expect(raised([inContainer(`chmod ${mode} /srv/tool`)])).toEqual([chmod]);
  });

  test.for(leaves)("not: chmod %s", (mode) => {
    expect(raised([inContainer(`chmod ${mode} /srv/tool`)])).toEqual([]);
  });

  test("busybox does it too", () => {
    expect(raised([inContainer("busybox chmod -R 755 /srv")])).toEqual([chmod]);
    expect(raised([inContainer("busybox ls 755")])).toEqual([]);
  });

  test("not: on the host, or named by another program", () => {
    expect(raised([exec("chmod 755 /srv/tool")])).toEqual([]);
    expect(raised([inContainer("echo chmod 755 /srv/tool")])).toEqual([]);
    expect(raised([inContainer("chmod 640 /srv/+x /srv/755")])).toEqual([]);
  });
});

describe(utility, () => {
  test.for(["docker ps", "/tmp/kubectl get pods", "runc list", "crictl ps", "oc whoami"])("%s", (command) => {
    expect(raised([inContainer(command)])).toEqual([utility]);
    expect(raised([exec(command)])).toEqual([]);
  });

  test.for(["dockerd-entrypoint --help", "echo docker", "octave", "kubectl-convert -h"])(
    "not: %s",
    (command) => {
      expect(raised([inContainer(command)])).toEqual([]);
    },
  );
});

describe(privileged, () => {
  test.for([
    "docker run --privileged alpine",
    "docker -H unix:///run/docker.sock container run --rm --privileged alpine",
    "docker create --privileged=true alpine",
    "docker run --privileged=TRUE alpine",
    "docker run --privileged=1 alpine",
  ])("%s", (command) => {
    expect(raised([exec(command)])).toEqual([privileged]);
  });

  test.for([
    "docker run alpine",
    "docker run --privileged=false alpine",
    "docker exec --privileged web sh",
    "docker run --cap-add=ALL alpine",
    "sudo docker run --privileged alpine",
  ])("not: %s", (command) => {
    expect(raised([exec(command)])).toEqual([]);
  });

  test("a client in a container is seen by two rules", () => {
    const command = "docker run --privileged alpine";
    expect(raised([inContainer(command)]).sort()).toEqual([utility, privileged].sort());
  });
});

describe(awsKeys, () => {
  test.for([
    "grep -rn aws_secret_access_key /opt",
    "grep -ri AWS_ACCESS_KEY_ID= /proc/1/environ",
    "grep -rE AKIA[0-9A-Z]{16} /",
    "find / -name .aws -type d",
    "find / -path */.aws/credentials",
    "rg --hidden aws_session_token",
    "busybox grep -r aws_secret_access_key /",
    "sed -n /aws_access_key_id/p /root/.aws/credentials",
  ])("%s", (command) => {
    expect(raised([inContainer(command)])).toEqual([awsKeys]);
    expect(raised([exec(command)])).toEqual([]);
  });

  test.for([
    "grep -rn password /opt",
    "grep -rn makian /opt",
    "find / -name laws",
    "cat /root/.aws/credentials",
    "ls /root/.aws",
    "aws configure set aws_access_key_id x",
  ])("not: %s", (command) => {
    expect(raised([inContainer(command)])).toEqual([]);
  });
});

describe(egress, () => {
  const entrypoint = inContainer("/usr/local/bin/entrypoint.sh");
  const began = withIds(entrypoint, "entry", "runtime");
  const interpreted = withIds(inContainer("/bin/sh /docker-entrypoint.sh nginx"), "entry", "runtime");
  const connection = (ip: string, parent = "entry", after = "1s"): JsonObject => ({
    ...withIds(event("network", "connection_attempted", { name: "curl" }), "child", parent),
    destination: { ip, port: 443 },
    at: after,
  });

  test.for([
    "198.51.100.23",
    "203.0.113.10",
    "192.0.2.1",
    "1.1.1.1",
    "172.32.0.1",
    "100.128.0.1",
    "11.0.0.1",
    "223.255.255.255",
    "2001:db8::1",
    "2600::1",
  ])("a connection to %s", (ip) => {
    expect(raised([began, connection(ip)])).toEqual([egress]);
  });

  test.for([
    "10.20.0.21",
    "172.31.255.255",
    "192.168.1.1",
    "127.0.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "0.0.0.0",
    "::1",
    "fd00::1",
    "fe80::1",
    "ff02::1",
  ])("not: a connection to %s", (ip) => {
    expect(raised([began, connection(ip)])).toEqual([]);
  });

  test("a script that is named after its interpreter", () => {
    expect(raised([interpreted, connection("1.1.1.1")])).toEqual([egress]);
  });

  test("once for each start", () => {
    const connections = [connection("1.1.1.1"), connection("1.1.1.2", "entry", "2s")];
    expect(raised([began, ...connections])).toEqual([egress]);
  });

  test("up to ten seconds later", () => {
    expect(raised([began, connection("1.1.1.1", "entry", "10s")])).toEqual([egress]);
    expect(raised([began, connection("1.1.1.1", "entry", "11s")])).toEqual([]);
  });

  test("not: another's child, another host, the script on a host, another script", () => {
    expect(raised([began, connection("1.1.1.1", "other")])).toEqual([]);
    expect(raised([began, { ...connection("1.1.1.1"), host: { id: "b", os: { type: "linux" } } }])).toEqual(
      [],
    );
    const onHost = withIds(exec("/usr/local/bin/entrypoint.sh"), "entry", "init");
    expect(raised([onHost, connection("1.1.1.1")])).toEqual([]);
    const other = withIds(inContainer("/opt/web/maintain.sh"), "entry", "runtime");
    expect(raised([other, connection("1.1.1.1")])).toEqual([]);
  });
});

/** The rules of the folder `rules/`, as the program loads them. */
function preparePack() {
  const folder = join(repository, "rules");
  const files = readdirSync(folder)
    .sort()
    .map((name) => ({
      path: `rules/${name}`,
      text: readFileSync(join(folder, name), "utf8"),
    }));
  const loaded = loadRules(files);
  const prepared = prepareRules(loaded.rules, ecsCatalogue(), new FieldSlots());
  return { prepared, diagnostics: [...loaded.diagnostics, ...prepared.diagnostics] };
}

function startEngine(): Engine {
  return new Engine(pack.prepared, { firstSeen: new MemoryFirstSeenStore([1, 2, 3, 4]) });
}

/** The alerts of the pack over a recording, in the order in which they are raised, after learning from the quiet one. */
async function scan(path: string): Promise<Raised[]> {
  const engine = startEngine();
  for await (const batch of recorded(quiet)) for (const each of batch) engine.learn(each);
  const raised: Raised[] = [];
  const lines = new Map<number | undefined, number>();
  let ofSequence: number[] = [];
  for await (const batch of recorded(path)) {
    for (const incoming of batch) {
      lines.set(sequenceNumberOf(incoming.document ?? {}), incoming.origin.line);
      for (const alert of engine.process(incoming)) {
        const line = lines.get(sequenceNumberOf(alert.document)) ?? Number.NaN;
        if (isBuildingBlock(alert)) ofSequence.push(line);
        else {
          raised.push([ofSequence.length > 0 ? ofSequence : [line], alert.ruleName]);
          ofSequence = [];
        }
      }
    }
  }
  return raised;
}

function sequenceNumberOf(document: JsonObject): number | undefined {
  return readFirst(document, "event.sequence", "number");
}

function recorded(path: string) {
  const timestampOf = (document: JsonObject) => parseTimestamp(readFirst(document, "@timestamp", "scalar"));
  return readEvents([join(repository, path)], { timestampOf });
}

function isBuildingBlock({ document }: Alert): boolean {
  return document["kibana.alert.building_block_type"] !== undefined;
}

/** The names of the rules that alert on the events; what stands for a sequence counts, its parts do not. */
function raised(events: readonly JsonObject[]): string[] {
  const engine = startEngine();
  return events
    .flatMap(({ at = "0s", ...document }) =>
      engine.process({
        document: {
          "@timestamp": new Date(Date.UTC(2024, 4, 1) + Number.parseInt(String(at), 10) * 1000).toISOString(),
          ...document,
        },
      }),
    )
    .filter((alert) => !isBuildingBlock(alert))
    .map(({ ruleName }) => ruleName);
}

function event(dataset: "process" | "network", action: string, process: JsonObject): JsonObject {
  return {
    event: { category: [dataset], type: ["start"], action },
    data_stream: { type: "logs", dataset: `endpoint.events.${dataset}`, namespace: "default" },
    host: { id: "a", os: { type: "linux" } },
    process,
  };
}

function withIds(given: JsonObject, entity_id: string, parent: string): JsonObject {
  return {
    ...given,
    process: { ...(given["process"] as JsonObject), entity_id, parent: { entity_id: parent } },
  };
}
