import { spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { afterAll, describe, expect, test } from "vitest";
import { configTables, topKeys } from "./config/config-keys.ts";
import type { Setting } from "./config/setting.ts";
import { startHttpServer } from "./testing/http-server.ts";
import { type ProgramResult, run, startProgram } from "./testing/run-program.ts";
import { ndjson, typed } from "./testing/sample-events.ts";

// The bundle as users run it: tools/build-before-tests.mjs brings it up to date.

const folder = mkdtempSync(join(tmpdir(), "tallyman-program-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

let made = 0;
/** A folder of its own with these files. */
function place(files: Readonly<Record<string, string>>): string {
  made += 1;
  const path = join(folder, String(made));
  mkdirSync(path);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

const events = ndjson(typed("sh", 0), typed("nc", 1), typed("sh", 2));

function namesOf({ stdout }: Pick<ProgramResult, "stdout">): string[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line).process.name);
}

/** Lines are broken where they fit. */
function unwrapped(text: string): string {
  return text.replace(/\s+/g, " ");
}

describe.concurrent("the configuration", () => {
  test("tallyman.toml is found where the program is started, or named, or left aside; flags win over it", async () => {
    const cwd = place({
      "events.ndjson": events,
      "tallyman.toml": '[input]\nfiles = ["events.ndjson"]\n[output]\nquiet = true\nformat = "json"\n',
    });
    expect(JSON.parse((await run(["scan"], { cwd })).stdout)).toHaveLength(2);
    expect(namesOf(await run(["scan", "-f", "ndjson"], { cwd }))).toEqual(["sh", "nc"]);
    const elsewhere = place({});
    const named = ["scan", "--config", join(cwd, "tallyman.toml"), "-f", "ndjson"];
    expect(await run(named, { cwd: elsewhere })).toMatchObject({ status: 0, stderr: "" });
    const without = await run(["scan", "--no-config"], { cwd, input: ndjson(typed("id", 0)) });
    expect(namesOf(without)).toEqual(["id"]);
    expect(without.stderr).toMatch(/^1 alert in 1 event /);
  });

  test("exceptions stand in it, from its folder on; an option takes their place", async () => {
    const except = (name: string) =>
      `[[exception]]\nname = "x"\nrules = ["Unusual Interactive Process Launched in a Container"]\nentries = [{ field = "process.name", type = "match", value = "${name}" }]\n`;
    const cwd = place({
      "tallyman.toml": 'exceptions = ["known.toml"]\n[output]\nquiet = true\n',
      "known.toml": except("sh"),
      "other.toml": except("nc"),
    });
    const elsewhere = place({});
    const args = ["scan", "--config", join(cwd, "tallyman.toml"), "-"];
    expect(namesOf(await run(args, { cwd: elsewhere, input: events }))).toEqual(["nc"]);
    const other = [...args, "--exceptions", join(cwd, "other.toml")];
    expect(namesOf(await run(other, { cwd: elsewhere, input: events }))).toEqual(["sh"]);
    writeFileSync(join(cwd, "known.toml"), "[[exception]");
    const broken = await run(args, { cwd: elsewhere, input: events });
    expect([namesOf(broken), broken.stderr]).toEqual([
      ["sh", "nc"],
      expect.stringMatching(/known\.toml:1:\d+: error bad-toml: /),
    ]);
  });

  test("--output overwrites neither it nor what it names", async () => {
    const cwd = place({
      "tallyman.toml": 'exceptions = ["e.toml"]\n',
      "e.toml": `[[value_list]]\nid = "v"\ntype = "keyword"\nfile = "v.txt"\n[[exception]]\nname = "x"\nrules = ["Unusual Interactive Process Launched in a Container"]\nentries = [{ field = "process.name", type = "list", list = { id = "v" } }]\n`,
      "v.txt": "tar\n",
    });
    for (const name of ["tallyman.toml", "e.toml", "v.txt"]) {
      const before = readFileSync(join(cwd, name), "utf8");
      const { status, stderr } = await run(["scan", "-q", "-o", name, "-"], { cwd, input: events });
      expect([status, unwrapped(stderr)]).toEqual([3, expect.stringMatching("would be overwritten")]);
      expect(readFileSync(join(cwd, name), "utf8")).toBe(before);
    }
  });

  test("threads stand in it, and a profile does without them", async () => {
    const cwd = place({ "tallyman.toml": "workers = 2\n[output]\nquiet = true\n" });
    const options = { cwd, input: events };
    expect(namesOf(await run(["scan", "-"], options))).toEqual(["sh", "nc"]);
    const profiled = await run(["scan", "--profile", "--profile-output", "profile.json", "-"], options);
    expect([namesOf(profiled), profiled.stderr]).toEqual([
      ["sh", "nc"],
      expect.stringMatching(/for 3 events\n$/),
    ]);
    expect(JSON.parse(readFileSync(join(cwd, "profile.json"), "utf8"))).toMatchObject({ events: 3 });
    for (const [name, message] of [
      ["tallyman.toml", "'tallyman.toml' is also an input, which would be overwritten"],
      ["s", "--state and --profile-output name the same file"],
      ["o", "--output and --profile-output name the same file"],
    ] as const) {
      const args = ["scan", "--state", "s", "--output", "o", "--profile-output", name, "-"];
      const { stderr, stdout } = await run(args, options);
      expect([stdout, unwrapped(stderr)]).toEqual(["", expect.stringMatching(message)]);
    }
    writeFileSync(join(cwd, "tallyman.toml"), "workers = 65\n");
    expect((await run(["scan", "-"], options)).stderr).toMatch(/whole number from 0 to 64/);
  });

  test.for(["scan", "watch"])("every option of %s has a key", async (command) => {
    const { stdout } = await run([command, "--help"]);
    const options = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, name]) => name ?? "");
    const flags = [topKeys, ...Object.values(configTables)].flatMap((keys) =>
      Object.values<Setting<unknown>>(keys).flatMap(({ flag }) => flag ?? []),
    );
    // What a single run is to do: a profile that were always taken would only make every run slower.
    const about = [
      "--config",
      "--no-config",
      "--for",
      "--help",
      "--version",
      "--profile",
      "--profile-output",
    ];
    expect(options.length).toBeGreaterThan(10);
    expect(options.filter((name) => !about.includes(name) && !flags.includes(name))).toEqual([]);
  });

  test("check tells of every mistake, and show of what holds without its secrets", async () => {
    const cwd = place({
      "tallyman.toml": `rules = ["rules"]\n[state]\nfoldr = "x"\n[[sinks]]\ntype = "slack"\nurl = "\${HOOK}"\n`,
    });
    const bad = await run(["config", "check"], { cwd });
    expect(bad).toMatchObject({ status: 1, stderr: "" });
    expect(bad.stdout).toMatch(
      /^tallyman\.toml:3:1: warning unknown-key: .*\n(?:.*\n)* {2}help: did you mean 'folder'\?\n/,
    );
    expect(bad.stdout).toMatch("error missing-variable: The environment variable 'HOOK' is not set");
    const env = { HOOK: "https://hooks.example/s3cret" };
    const better = await run(["config", "check", "-f", "json"], { cwd, env });
    expect(better.status).toBe(1);
    expect(JSON.parse(better.stdout).diagnostics.map(({ code }: { readonly code: string }) => code)).toEqual([
      "unknown-key",
      "unreadable-file",
      "missing-key",
    ]);
    writeFileSync(
      join(cwd, "tallyman.toml"),
      `[state]\nfolder = "x"\n[[sinks]]\ntype = "slack"\nurl = "\${HOOK}"\n`,
    );
    expect(await run(["config", "check"], { cwd, env })).toEqual({
      status: 0,
      stdout: "tallyman.toml is in order, with 1 sink\n",
      stderr: "",
    });
    for (const format of ["toml", "json"]) {
      const { status, stdout } = await run(["config", "show", "-f", format], { cwd, env });
      expect(status).toBe(0);
      expect(stdout).toMatch(/\$\{HOOK\}/);
      expect(stdout).not.toMatch("s3cret");
    }
    expect((await run(["config", "show"], { cwd: folder })).stdout).toMatch(
      /^# rules is not set: the built-in rules$/m,
    );
  });

  test.for([
    [
      ["scan"],
      "",
      { "tallyman.toml": "rules = 3" },
      /^tallyman\.toml:1:9: error wrong-type: .*\ntallyman: 'tallyman\.toml' cannot be used; --no-config does without it\n$/s,
    ],
    [
      ["scan", "--config", "nowhere.toml"],
      "",
      {},
      /^nowhere\.toml:1:1: error unreadable-file: no such file or folder\n/,
    ],
    [
      ["scan"],
      "",
      { "tallyman.toml": '[[sinks]]\ntype = "file"\npath = "a"' },
      /^tallyman: sinks need a folder for what is not delivered yet: --state FOLDER, or \[state\] folder\n$/,
    ],
    [
      ["config", "check"],
      "",
      {},
      /^tallyman: there is no tallyman\.toml here; --config names another file\n$/,
    ],
  ] as const)("%j says what is wrong, without a stack", async ([args, input, files, message]) => {
    const { status, stderr, stdout } = await run(args, { cwd: place(files), input });
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
  });
});

describe.concurrent("sinks", () => {
  const toml = (url: string, more = "") =>
    `[output]\nquiet = true\n[state]\nfolder = "state"\n[limits]\ndelivery_wait = "300ms"\n[[sinks]]\ntype = "webhook"\nurl = "${url}"\nretry_first = "50ms"\n${more}`;

  test("what a sink could not take at the end stays in the spool, is told, and delivered at the next start", async () => {
    const gone = await startHttpServer(() => "close");
    await gone[Symbol.asyncDispose]();
    const cwd = place({ "tallyman.toml": toml(gone.url) });
    const down = await run(["scan", "-"], { cwd, input: events });
    expect([down.status, namesOf(down)]).toEqual([0, ["sh", "nc"]]);
    expect(unwrapped(down.stderr)).toMatch(
      /sinks 2 alerts for 'webhook' not delivered yet: 127\.0\.0\.1:\d+ cannot be reached: connection refused; the next start goes on/,
    );
    await using server = await startHttpServer(() => ({ status: 200 }), gone.port);
    writeFileSync(join(cwd, "tallyman.toml"), toml(server.url).replace("300ms", "20s"));
    const up = await run(["scan", "-"], { cwd, input: ndjson(typed("id", 9)) });
    expect(up).toMatchObject({ status: 0, stderr: "" });
    const names = server.requests.flatMap(({ body }) =>
      JSON.parse(body).map((alert: { process: { name: string } }) => alert.process.name),
    );
    expect(names).toEqual(["sh", "nc", "id"]);
  });

  test("Ctrl-C ends a run whose sink never answers, and nothing is lost", async () => {
    await using server = await startHttpServer(() => "silence");
    const cwd = place({ "tallyman.toml": toml(server.url).replace("300ms", "10m") });
    const { child, ended, hasSpoken } = startProgram(["scan", "-"], { cwd });
    child.stdin?.write(events);
    await hasSpoken;
    await expect.poll(() => server.requests.length, { timeout: 20_000 }).toBe(1);
    child.kill("SIGINT");
    const result = await ended;
    expect(result.status).toBe(130);
    expect(result.stderr).toMatch(/2 alerts for 'webhook' not delivered yet/);
  });

  test("no secret is printed, whatever goes wrong", async () => {
    await using server = await startHttpServer(() => ({ status: 401, body: "who are you?" }));
    const cwd = place({
      "tallyman.toml": toml(`${server.url}/\${PART}`, `headers = { Authorization = "Bearer \${TOKEN}" }\n`),
    });
    const tryIt = () =>
      run(["scan", "-"], { cwd, input: events, env: { PART: "s3cret-path", TOKEN: "s3cret-token" } });
    let result = await tryIt();
    // A run waits a few seconds for its sinks, which is not enough on a very busy machine.
    for (let i = 0; i < 5 && server.requests.length === 0; i++) result = await tryIt();
    expect(server.requests[0]?.headers.authorization).toBe("Bearer s3cret-token");
    expect(unwrapped(result.stderr)).toMatch("the server answers 401 Unauthorized: who are you?");
    expect(result.stdout + result.stderr).not.toMatch("s3cret");
    for (const file of readdirSync(join(cwd, "state"), { recursive: true, withFileTypes: true })) {
      if (file.isFile())
        expect(readFileSync(join(file.parentPath, file.name), "latin1")).not.toMatch("s3cret");
    }
  });

  const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

  test.skipIf(!hasOpenssl)(
    `certificates are checked, over HTTPS and for syslog over TLS${hasOpenssl ? "" : " (skipped: no openssl)"}`,
    async () => {
      const cwd = place({});
      const made = spawnSync(
        "openssl",
        "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 1 -subj /CN=localhost -addext subjectAltName=DNS:localhost".split(
          " ",
        ),
        { cwd },
      );
      expect(made.status).toBe(0);
      const tls = { key: readFileSync(join(cwd, "key.pem")), cert: readFileSync(join(cwd, "cert.pem")) };
      const bodies: string[] = [];
      const web = createServer(tls, (request, response) => {
        request.on("data", (chunk: Buffer) => bodies.push(chunk.toString("utf8")));
        request.on("end", () => response.end());
      });
      const messages: string[] = [];
      const syslog = createTlsServer(tls, (socket) => {
        socket.on("error", () => {});
        socket.on("data", (chunk: Buffer) => messages.push(chunk.toString("utf8")));
      });
      for (const server of [web, syslog]) {
        server.listen(0, "127.0.0.1");
        await once(server, "listening");
      }
      const [webPort, syslogPort] = [web, syslog].map((server) => (server.address() as AddressInfo).port);
      writeFileSync(
        join(cwd, "tallyman.toml"),
        `${toml(`https://localhost:${webPort}/`).replace("300ms", "5s")}[[sinks]]\ntype = "syslog"\naddress = "tls://localhost:${syslogPort}"\nretry_first = "50ms"\n`,
      );
      const wary = await run(["scan", "-"], { cwd, input: events });
      expect(
        unwrapped(wary.stderr).match(/its certificate is self-signed \(NODE_EXTRA_CA_CERTS/g),
      ).toHaveLength(4);
      expect([bodies, messages]).toEqual([[], []]);
      const trusting = await run(["scan", "-"], {
        cwd,
        input: "",
        env: { NODE_EXTRA_CA_CERTS: join(cwd, "cert.pem") },
      });
      expect(trusting.stderr).toBe("");
      expect(JSON.parse(bodies.join(""))).toHaveLength(2);
      expect(messages.join("").match(/ \[tallyman@32473 id="/g)).toHaveLength(2);
      web.close();
      syslog.close();
    },
  );
});

function rule(id: string, query: string): string {
  return `[rule]\nrule_id = "${id}"\nname = "Rule ${id}"\ndescription = "x"\nrisk_score = 1\nseverity = "low"\ntype = "query"\nquery = '${query}'\n`;
}

const taken =
  "with --reload, rules that change are taken up while standard input stays open, and a bad one is told of once";

test.for(["0", "2"])(`${taken}, with %s workers`, { timeout: 120_000 }, async (workers) => {
  const cwd = place({});
  const rules = join(cwd, "rules");
  mkdirSync(rules);
  writeFileSync(join(rules, "a.toml"), rule("a", "process.name : sh"));
  writeFileSync(join(rules, "b.toml"), rule("b", "process.name : (curl or tar)"));
  const exceptions = join(cwd, "exceptions.toml");
  const except = (name: string) =>
    `[[exception]]\nname = "x"\nrules = ["b"]\nentries = [{ field = "process.name", type = "match", value = "${name}" }]\n`;
  writeFileSync(exceptions, except("tar"));
  const args = [
    "scan",
    "--rules",
    rules,
    "--exceptions",
    exceptions,
    "--reload",
    "--state",
    "state",
    "--workers",
    workers,
    "-",
  ];
  const { child, ended } = startProgram(args, { cwd });
  let [stdout, stderr] = ["", ""];
  child.stdout?.on("data", (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr += chunk;
  });
  let second = 0;
  /** Sends events, and waits for the alerts that they raise, of the last one at least one. */
  const raises = async (names: string, ids: readonly string[]) => {
    const before = stdout.length;
    for (const name of names.split(" ")) {
      second += 1;
      // What follows an event releases it at once, as silence would a second later.
      child.stdin?.write(ndjson(typed(name, second)));
    }
    await expect
      .poll(
        () =>
          stdout
            .slice(before)
            .split("\n")
            .filter((line) => line !== "")
            .map((line) => JSON.parse(line)["kibana.alert.rule.rule_id"]),
        { timeout: 20_000 },
      )
      .toEqual(ids);
  };
  const told = async (pattern: RegExp) => {
    await expect.poll(() => stderr, { timeout: 20_000 }).toMatch(pattern);
    stderr = "";
  };
  await raises("sh", ["a"]);
  writeFileSync(join(rules, "a.toml"), rule("a", "process.name : (sh or nc)"));
  await told(/^tallyman: rules were read anew: 2 rules running\n$/);
  await raises("nc", ["a"]);
  writeFileSync(join(rules, "a.toml"), rule("a", "process.name : ("));
  await told(
    /a\.toml:8:\d+: error syntax-error: .*\ntallyman: rules were read anew: 2 rules running; 1 file as before, since the new text has errors\n$/s,
  );
  await raises("nc", ["a"]);
  child.kill("SIGHUP");
  writeFileSync(join(rules, "c.toml"), rule("c", "process.name : nc"));
  await told(
    /^tallyman: rules were read anew: 3 rules running; 1 file as before, since the new text has errors\n$/,
  );
  await raises("nc", ["a", "c"]);
  writeFileSync(exceptions, except("curl"));
  await told(/^tallyman: rules were read anew: 3 rules running; 1 file as before, .*\n$/);
  await raises("curl nc", ["a", "c"]);
  writeFileSync(exceptions, "[[exception]");
  await told(/exceptions\.toml:1:\d+: error bad-toml: .*\ntallyman: .*; 2 files as before, .*\n$/s);
  await raises("curl nc", ["a", "c"]);
  writeFileSync(exceptions, except("tar"));
  await told(/^tallyman: rules were read anew/);
  renameSync(rules, `${rules}.away`);
  await told(
    /error unreadable-file: .*\ntallyman: the rules cannot be read now; those that run stay as they are\n$/s,
  );
  await raises("curl", ["b"]);
  child.stdin?.end();
  const { status } = await ended;
  expect(status).toBe(0);
  expect(stderr).toMatch(/^10 alerts in 9 events/);
});
