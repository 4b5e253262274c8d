import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { crc32, gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { type ProgramResult, programPath, run, runShell, startProgram } from "./testing/run-program.ts";
import { ndjson, timeAt, typed } from "./testing/sample-events.ts";
import { version } from "./version.ts";

// The bundle as users run it: tools/build-before-tests.mjs brings it up to date.

const folder = mkdtempSync(join(tmpdir(), "tallyman-program-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const examples = fileURLToPath(new URL("../../../examples/", import.meta.url));
const intrusion = join(examples, "container-shell/intrusion.ndjson.gz");
const quiet = join(examples, "container-shell/quiet.ndjson.gz");
const sixAttacks = join(examples, "six-attacks/events.ndjson.gz");

const rule = "Unusual Interactive Process Launched in a Container";
/** Two alerts: the second `sh` is known by then. */
const threeEvents = ndjson(typed("sh", 0), typed("nc", 1), typed("sh", 2));
const recording = file("recording.ndjson", threeEvents);

function alertsOf({ stdout }: ProgramResult): Record<string, unknown>[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

/** The names of the processes that alerts are about. */
function namesOf(result: ProgramResult): unknown[] {
  return alertsOf(result).map((alert) => (alert["process"] as { name: unknown }).name);
}

function linesOf(text: string): number {
  return text.split("\n").length - 1;
}

describe.concurrent("the command line", () => {
  test("the version is that of the package", async () => {
    const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8");
    expect(version).toBe(JSON.parse(manifest).version);
    expect(await run(["--version"])).toEqual({ status: 0, stdout: `${version}\n`, stderr: "" });
  });

  test.for([
    "",
    "scan",
    "query",
    "query kql",
    "query lucene",
    "query eql",
    "explain",
    "explain kql",
    "explain lucene",
    "explain eql",
    "rules",
    "exceptions",
    "exceptions check",
    "exceptions list",
    "rules check",
    "rules list",
    "rules show",
  ])("tallyman %s --help", async (command) => {
    const names = command.split(" ").filter((name) => name !== "");
    const asked = await run([...names, "--help"]);
    expect(asked).toMatchObject({ status: 0, stderr: "" });
    expect(asked.stdout).toMatch(`Usage: ${["tallyman", ...names].join(" ")} [options]`);
    expect(Math.max(...asked.stdout.split("\n").map((line) => line.length))).toBeLessThan(110);
  });

  test("help is given by a command too, and in the width of the terminal", async () => {
    const [option, command] = await Promise.all([
      run(["query", "eql", "--help"], { env: { COLUMNS: "80" } }),
      run(["help", "query", "eql"], { env: { COLUMNS: "80" } }),
    ]);
    expect(command).toEqual(option);
    expect(Math.max(...command.stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test("without a command, help goes to standard error", async () => {
    const { status, stdout, stderr } = await run([]);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch("Usage: tallyman [options] [command]");
  });

  test.for([
    [["scna"], "unknown command 'scna' (Did you mean scan?)"],
    [["rules", "chekc"], "unknown command 'chekc' (Did you mean check?)"],
    [["help", "bogus"], "unknown command 'bogus'"],
    [["query", "help", "sql"], "unknown command 'sql'"],
    [["scan", "--quite"], "unknown option '--quite' (Did you mean --quiet?)"],
    [["scan", "--fail-on"], "option '--fail-on <severity>' argument missing"],
    [["scan", "--learn-for", "5y"], /^option '--learn-for <duration>' argument '5y' is invalid/],
    [["scan", "--max-open-sequences", "0"], /^option '--max-open-sequences <n>' argument '0' is invalid/],
    [["scan", "--lateness", "-5"], /^option '--lateness <duration>' argument '-5' is invalid/],
    [["query", "kql"], "missing required argument 'text'"],
    [["query", "kql", "--size", "1e3", "a:b"], /^option '--size <n>' argument '1e3' is invalid/],
    [["query", "kql", "--now", "tomorrow", "a:b"], "--now: 'tomorrow' is no time"],
    [["rules", "list", "--events", recording], "--events goes with --cost"],
    [
      ["scan", "--workers", "2", "--profile", recording],
      "a profile is taken in one thread: leave out --workers",
    ],
    [["scan", "--workers", "100", recording], /^option '--workers <n>' argument '100' is invalid/],
    [["scan", "-", "-"], "standard input can be read only once"],
    [["scan", "--state", "s", "--output", "./s", recording], "--state and --output name the same file"],
    [["scan", "--\u001b[31m\u202e\nx"], "unknown option '--\\x1b[31m\\u{202e} x'"],
  ] as const)("a mistake is one line on standard error: %j", async ([args, message]) => {
    const { status, stdout, stderr } = await run(args);
    expect({ status, stdout, lines: linesOf(stderr) }).toEqual({ status: 2, stdout: "", lines: 1 });
    expect(stderr).toMatch(/^tallyman: .*\n$/);
    const said = stderr.slice("tallyman: ".length, -1);
    if (typeof message === "string") expect(said).toBe(message);
    else expect(said).toMatch(message);
  });
});

describe.concurrent("the examples", () => {
  test("npm start: what is unusual in the container", async () => {
    const args = ["scan", "--learn-from", quiet, intrusion];
    const [lines, table] = await Promise.all([
      run([...args, "--format", "ndjson"]),
      run([...args, "--format", "table"], { env: { COLUMNS: "50" } }),
    ]);
    expect([lines.status, table.status]).toEqual([0, 0]);
    expect(namesOf(lines)).toEqual(["bash", "id", "find", "grep", "curl", "chmod", "chmod", ".sysupd.sh"]);
    expect(lines.stderr).toMatch(/^8 alerts in 526 events/);
    expect(lines.stderr).toMatch("2,299 events from before, which raised no alerts");
    expect(table.stdout.match(/^04:5\d:\d\d/gm)).toHaveLength(8);
    expect(Math.max(...table.stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(50);
  });

  test("all six rules find the six attacks", async () => {
    const result = await run(["scan", sixAttacks, "--fail-on", "high"]);
    expect(result.status).toBe(1);
    const names = alertsOf(result).map((alert) => alert["kibana.alert.rule.name"]);
    expect([...new Set(names)].sort()).toEqual([
      "AWS Credentials Searched For Inside A Container",
      "Container Management Utility Run Inside A Container",
      "Egress Connection from Entrypoint in Container",
      "File Made Executable via Chmod Inside A Container",
      "Privileged Docker Container Creation",
      rule,
    ]);
  });
});

describe.concurrent("what scan reads", () => {
  const events = [typed("sh", 0), typed("nc", 1), typed("sh", 2)];
  const backingIndex = ".ds-logs-endpoint.events.process-default-2026.01.05-000001";
  const elastic = events.map((_source, i) => ({ _index: backingIndex, _id: `${i}`, _source }));
  test.for([
    ["gzip.bin", gzipSync(threeEvents)],
    ["array.json", JSON.stringify(events, undefined, 2)],
    ["export.ndjson", ndjson(...elastic)],
    ["search.json", JSON.stringify({ hits: { total: { value: 3 }, hits: elastic } })],
    ["bulk.ndjson", events.map((event) => `{"create":{}}\n${JSON.stringify(event)}\n`).join("")],
    ["mark.ndjson", `\ufeff${threeEvents.replaceAll("\n", "\r\n")}`],
  ] as const)("%s", async ([name, content]) => {
    const result = await run(["scan", "--quiet", file(name, content)]);
    expect(result).toMatchObject({ status: 0, stderr: "" });
    expect(namesOf(result)).toEqual(["sh", "nc"]);
  });

  test("standard input, named or not, as a pipe and as a file", async () => {
    const results = await Promise.all([
      run(["scan", "--quiet", "-"], { input: threeEvents }),
      run(["scan", "--quiet"], { input: gzipSync(threeEvents) }),
      runShell(`cat ${recording} | $T scan --quiet`),
      runShell(`$T scan --quiet <${recording}`),
    ]);
    for (const result of results) {
      expect(result).toMatchObject({ status: 0, stderr: "" });
      expect(namesOf(result)).toEqual(["sh", "nc"]);
    }
  });

  test.for([
    ["is missing", () => join(folder, "missing"), 0, /failed +'.*' does not exist\n/],
    ["is a folder", () => folder, 0, /failed +'.*' is a directory; name its files/],
    ["is an archive", () => file("zip", "PK\u0003\u0004"), 0, /is a zip archive, which is not supported/],
    [
      "is cut off",
      () => file("cut.gz", gzipSync(threeEvents + ndjson(typed("z", 3)).repeat(999)).subarray(0, -20)),
      3,
      /ends too early/,
    ],
  ] as const)(
    "an input that %s is a failure, after what could be read",
    async ([, path, alerts, message]) => {
      const result = await run(["scan", "--quiet", path()]);
      expect(result.status).toBe(3);
      expect(alertsOf(result)).toHaveLength(alerts);
      expect(result.stderr).toMatch(message);
    },
  );

  test("one input that fails does not keep the others from being read", async () => {
    const result = await run(["scan", "--quiet", join(folder, "missing"), recording, recording]);
    expect(result.status).toBe(3);
    expect(namesOf(result)).toEqual(["sh", "nc"]);
    expect(result.stderr).toMatch(/does not exist\n/);
    expect(result.stderr).toMatch("is named twice and was read once");
  });

  const mayDropRights =
    process.getuid?.() === 0 &&
    spawnSync(process.execPath, [programPath, "--version"], { uid: 65_534 }).status === 0;
  test.skipIf(process.getuid?.() === 0 && !mayDropRights)(
    "an input without permission (not as root, who may read all)",
    async () => {
      const path = file("secret", threeEvents);
      chmodSync(path, 0);
      chmodSync(folder, 0o755);
      const result = await run(["scan", "--quiet", path], mayDropRights ? { uid: 65_534 } : {});
      expect(result).toMatchObject({ status: 3, stdout: "" });
      expect(result.stderr).toMatch("may not be read by this user");
    },
  );

  test("an empty file", async () => {
    expect(await run(["scan", "--quiet", file("empty", "")])).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  test("what is hostile is skipped and counted, and the rest is read", async () => {
    const deep = `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}\n`;
    const damaged = Buffer.concat([
      Buffer.from(`{"a":"${"x".repeat(50_000_000)}"}\n${deep}\0\0\0\0\n{"a":"x\0y"}\nno JSON\n[1]\n`),
      Buffer.from('{"a":"\xff\xfe"}\n', "latin1"),
      Buffer.from(threeEvents),
    ]);
    const result = await run(["scan", file("hostile.ndjson", damaged)], { env: { COLUMNS: "1000" } });
    expect(result.status).toBe(0);
    expect(namesOf(result)).toEqual(["sh", "nc"]);
    const said = result.stderr.replaceAll(folder, "");
    expect(said).toMatch(/^2 alerts in 4 events/);
    expect(said).toMatch("1 longer than the limit for one record (/hostile.ndjson:1)");
    expect(said).toMatch("1 nested too deeply (/hostile.ndjson:2)");
    expect(said).toMatch("1 zero bytes instead of text, as a crash leaves them (/hostile.ndjson:3)");
    expect(said).toMatch("2 not valid JSON (/hostile.ndjson:4, /hostile.ndjson:5)");
    expect(said).toMatch("1 not a JSON object (/hostile.ndjson:6)");
    expect(said).toMatch("1 record with bytes that are no UTF-8");
  });
});

describe.concurrent("what scan writes", () => {
  test("--output makes a file for its owner only, and leaves standard output alone", async () => {
    const path = join(folder, "alerts.ndjson");
    const result = await run(["scan", "-q", "-o", path, recording]);
    expect(result).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(linesOf(readFileSync(path, "utf8"))).toBe(2);
  });

  test("lines or an array, and --output - is standard output", async () => {
    const [lines, array] = await Promise.all([
      run(["scan", "-q", "-o", "-", recording], { cwd: folder }),
      run(["scan", "-q", "-f", "json", recording]),
    ]);
    expect(namesOf(lines)).toEqual(["sh", "nc"]);
    expect(JSON.parse(array.stdout)).toEqual(alertsOf(lines));
    expect(existsSync(join(folder, "-"))).toBe(false);
  });

  test("--output overwrites nothing that is read", async () => {
    const link = join(folder, "link");
    symlinkSync(recording, link);
    const rules = file("kept.toml", queryRule("kept", "process.name:nc"));
    const setting = { env: { COLUMNS: "1000" } };
    const results = await Promise.all([
      run(["scan", "-o", link, recording], setting),
      run(["scan", "-o", recording, "--learn-from", recording, sixAttacks], setting),
      run(["scan", "-o", rules, "--rules", rules, sixAttacks], setting),
    ]);
    for (const { status, stderr } of results) {
      expect(status).toBe(3);
      expect(stderr).toMatch("is also an input, which would be overwritten");
    }
    expect(readFileSync(recording, "utf8")).toBe(threeEvents);
    expect(readFileSync(rules, "utf8")).toMatch("[rule]");
  });

  test.skipIf(process.platform !== "linux").for([
    ["scan -q -o /dev/full", "'/dev/full'"],
    ["scan -q >/dev/full", "Standard output"],
    ["query kql '*' >/dev/full", "Standard output"],
    ["explain kql a:b >/dev/full", "Standard output"],
    ["--help >/dev/full", "Standard output"],
    ["--version >/dev/full", "Standard output"],
  ] as const)("a full disk is one sentence: %s", async ([command, name]) => {
    const { status, stdout, stderr } = await runShell(`$T ${command} <${recording}`, {
      env: { COLUMNS: "200" },
    });
    expect([status, stdout]).toEqual([3, ""]);
    expect(stderr).toMatch(
      new RegExp(`^(tallyman:|  output ) ${name} cannot be written: no space is left.*\\n$`),
    );
  });

  test.for(["--help", `scan ${intrusion}`, `query kql '*' ${intrusion}`, "rules list"])(
    "a reader that leaves early is no failure: %s",
    async (command) => {
      const line = `{ $T ${command}; echo "status $?" >&2; }`;
      const [first, none] = await Promise.all([
        runShell(`${line} | head -n 1`),
        runShell(`{ sleep 0.5; ${line}; } | true`),
      ]);
      expect(linesOf(first.stdout)).toBe(1);
      expect(none.stderr).toBe("status 0\n");
      // All of it may have fitted into the pipe: then the summary is right.
      expect(first.stderr).toMatch(/status 0\n$/);
    },
  );

  test("closed outputs", async () => {
    const [out, error] = await Promise.all([
      runShell(`$T scan -q ${recording} >&-`),
      runShell(`$T scan ${recording} 2>&-`),
    ]);
    expect(out).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(error.status).toBe(0);
    expect(namesOf(error)).toEqual(["sh", "nc"]);
  });

  test("--fail-on", async () => {
    const [low, medium, high] = await Promise.all(
      ["low", "medium", "high"].map((severity) => run(["scan", "-q", "--fail-on", severity, recording])),
    );
    expect([low?.status, medium?.status, high?.status]).toEqual([1, 1, 0]);
  });

  test("colours", async () => {
    const args = ["scan", "-f", "table", recording];
    const [always, never, forced, refused] = await Promise.all([
      run([...args, "--color", "always"], { env: { NO_COLOR: "1" } }),
      run([...args, "--color", "never"], { env: { FORCE_COLOR: "1" } }),
      run(args, { env: { FORCE_COLOR: "1" } }),
      run(args, { env: { FORCE_COLOR: "1", NO_COLOR: "1" } }),
    ]);
    for (const { stdout, stderr } of [always, forced]) {
      expect(stdout).toMatch("\u001b[");
      expect(stderr).toMatch("\u001b[");
    }
    for (const { stdout, stderr } of [never, refused]) expect(stdout + stderr).not.toMatch("\u001b");
  });
});

describe.concurrent("what an attacker writes into events and names", () => {
  // C1 controls and marks that reorder text may stand in JSON as they are.
  const evil = "\u001b]0;x\u0007\u009b31m\u202e\u2028\r\n\u001b[2J";
  const attack = ndjson(
    typed(`sh${evil}`, 0, {
      host: { name: evil, os: { type: "linux" } },
      user: { name: evil },
      container: { id: evil, name: evil },
    }),
  );
  const unsafe = /[^\P{Cc}\n]|[\u202e\u2028]/u;

  test.for(["table", "ndjson", "json"])("is harmless as %s", async (format) => {
    const result = await run(["scan", "--format", format, "-"], { input: attack });
    expect(result.status).toBe(0);
    expect(result.stdout).toMatch("31m");
    expect(result.stdout + result.stderr).not.toMatch(unsafe);
  });

  test("query hands it on as it stands, but not to a terminal", async () => {
    const path = file("attack.ndjson", attack);
    const piped = await run(["query", "kql", "user.name:*", path]);
    expect(piped.stdout).toBe(attack);
    if (!hasScript()) return;
    const shown = await runShell(`script -qec "$T query kql user.name:* ${path}" /dev/null`);
    expect(shown.status).toBe(0);
    const text = shown.stdout.replaceAll("\r\n", "\n");
    expect(text).not.toMatch(unsafe);
    expect(JSON.parse(text)).toEqual(JSON.parse(attack));
  });

  test("names of files are harmless too", async () => {
    const results = await Promise.all([
      run(["scan", evil]),
      run(["scan", "--rules", evil, recording]),
      run(["scan", "--state", `${evil}/x`, recording]),
      run(["scan", "--output", `${evil}/x`, recording]),
      run(["scan", "--field-types", evil, recording]),
      run(["rules", "check", evil]),
      run(["rules", "show", evil]),
      run(["query", "kql", evil, recording]),
      run(["explain", "eql", evil]),
    ]);
    for (const { stdout, stderr, status } of results) {
      expect(stdout + stderr).not.toMatch(unsafe);
      expect(status).not.toBe(70);
    }
  });
});

describe.concurrent("interruption", () => {
  test.for([
    ["SIGINT", "0"],
    ["SIGTERM", "0"],
    ["SIGINT", "2"],
  ] as const)("%s ends a scan of a pipe that stays open, with %s workers", async ([signal, workers]) => {
    const pipe = join(folder, `pipe-${signal}-${workers}`);
    const state = join(folder, `state-${signal}-${workers}`);
    execFileSync("mkfifo", [pipe]);
    const writer = startWriter(pipe);
    try {
      const { child, ended, hasSpoken } = startProgram([
        "scan",
        "--workers",
        workers,
        "--state",
        state,
        pipe,
      ]);
      await hasSpoken;
      child.kill(signal);
      const result = await ended;
      expect(result.status).toBe(130);
      expect(namesOf(result)).toEqual(["sh", "nc"]);
      expect(result.stderr).toMatch(/^Interrupted: 2 alerts in 3 events/);
      expect(statSync(join(state, "state")).size).toBeGreaterThan(0);
    } finally {
      writer.kill();
    }
  });

  test("a search too", async () => {
    const { child, ended, hasSpoken } = startProgram(["query", "kql", "process.name:nc", "-"]);
    child.stdin?.write(threeEvents);
    await hasSpoken;
    child.kill("SIGINT");
    const { status, stdout, stderr } = await ended;
    expect([status, linesOf(stdout), stderr]).toEqual([130, 1, ""]);
  });
});

describe.concurrent("workers", () => {
  const lines = [
    JSON.stringify(typed("sh", 0)),
    "no json",
    JSON.stringify(typed("nc", 1, { process: undefined })),
    `{"@timestamp": "${timeAt(2)}", "broken": [}`,
    JSON.stringify(typed("late", 0)),
    JSON.stringify(typed("long", 3, { message: "x".repeat(3_000_000) })),
    // Its time is named twice, once in disguise, so that it must be parsed.
    JSON.stringify(typed("twice", 4)).replace("{", `{"\\u0040timestamp":"${timeAt(5)}",`),
    JSON.stringify(typed("é\u001b[31m", 6)),
    ...Array.from({ length: 300 }, (_, i) => JSON.stringify(typed(`p${i % 90}`, 10 + i))),
  ];
  const mixed = file("mixed.ndjson", `${lines.join("\n")}\n`);

  test.for(["1", "2"])("%s of them change nothing: alerts, counts, what was learned", async (workers) => {
    const outcomeOf = async (flags: readonly string[]) => {
      const state = join(folder, `state of ${flags.join()}${workers}`);
      const args = [...flags, "--state", state, "--lateness", "0s", "--learn-from", recording];
      const { status, stderr, stdout } = await run(["scan", ...args, mixed]);
      const again = await run(["scan", "-q", ...flags, "--state", state, mixed]);
      // How long it took differs.
      return { status, stdout, notes: stderr.replace(/, [\d.]+ s, [\d,]+ events\/s/, ""), again };
    };
    const [one, many] = await Promise.all([outcomeOf([]), outcomeOf(["--workers", workers])]);
    expect(many).toEqual(one);
    expect(linesOf(one.stdout)).toBeGreaterThan(90);
    expect(one.notes).toMatch(/skipped +2 records/);
  });

  test("exports and events from a pipe go through them too", async () => {
    const bulk = lines.flatMap((line) => ['{"create":{"_index":"logs-endpoint.events.process-x"}}', line]);
    const input = `${bulk.join("\n")}\n`;
    const [one, many] = await Promise.all([
      run(["scan", "-"], { input }),
      run(["scan", "--workers", "2", "-"], { input }),
    ]);
    expect(many.stdout).toBe(one.stdout);
    expect(linesOf(many.stdout)).toBeGreaterThan(90);
  });

  test("when nobody reads the alerts any more, the scan ends, though its input does not", async () => {
    const { child, ended, hasSpoken } = startProgram(["scan", "--workers", "2", "--quiet", "-"]);
    child.stdin?.on("error", () => {});
    child.stdin?.write(threeEvents);
    await hasSpoken;
    child.stdout?.destroy();
    for (let i = 0; i < 100; i++) child.stdin?.write(ndjson(typed(`p${i}`, 10 + i)));
    expect(await ended).toMatchObject({ status: 0, stderr: "" });
  });
});

describe.concurrent("what is usual", () => {
  test("--learn-from, --learn-for and --index", async () => {
    const noStream = file("no-stream.ndjson", ndjson(typed("sh", 0, { data_stream: undefined })));
    const [learned, muted, without, named] = await Promise.all([
      run(["scan", "-q", "--learn-from", recording, "-"], {
        input: ndjson(typed("nc", 10), typed("curl", 11)),
      }),
      run(["scan", "--learn-for", "1s", recording]),
      run(["scan", noStream]),
      run(["scan", "-q", "--index", "logs-endpoint.events.process-default", noStream]),
    ]);
    expect(namesOf(learned)).toEqual(["curl"]);
    expect(namesOf(muted)).toEqual(["nc"]);
    expect(muted.stderr).toMatch(/muted/);
    expect(namesOf(without)).toEqual([]);
    expect(without.stderr).toMatch(
      "1 event without a data stream: no rule selects them, --index NAME gives one",
    );
    expect(namesOf(named)).toEqual(["sh"]);
  });

  test("without all of what is to be learned nothing is scanned, and no state written", async () => {
    const state = join(folder, "unlearned-state");
    const missing = await run([
      "scan",
      "--state",
      state,
      "--learn-from",
      recording,
      "--learn-from",
      "no-such-file",
      recording,
    ]);
    expect([missing.status, namesOf(missing), existsSync(join(state, "state"))]).toEqual([3, [], false]);
    expect(missing.stderr).toMatch("nothing was scanned, since not all of --learn-from could be read");
  });

  test("--lateness", async () => {
    // More than are taken in at once, since what is read together is sorted together.
    const between = Array.from({ length: 1000 }, () => ({ "@timestamp": timeAt(75) }));
    const late = file("late.ndjson", ndjson(typed("id", 0), typed("sh", 60), ...between, typed("nc", 30)));
    const [sorted, unsorted] = await Promise.all([
      run(["scan", late]),
      run(["scan", "--lateness", "10s", late]),
    ]);
    expect(namesOf(sorted)).toEqual(["id", "nc", "sh"]);
    expect(namesOf(unsorted)).toEqual(["id", "sh", "nc"]);
    expect(unsorted.stderr).toMatch(/late +1 event/);
  });

  test("--max-open-sequences", async () => {
    const query = "sequence by process.name with maxspan=1h [any where true] [any where true]";
    const rule = file(
      "pairs.toml",
      queryRule("p", query).replace('type = "query"', 'type = "eql"').replace("kuery", "eql"),
    );
    const pairs = file("pairs.ndjson", ndjson(typed("a", 0), typed("b", 1), typed("a", 2), typed("b", 3)));
    const [held, given] = await Promise.all([
      run(["scan", "--rules", rule, pairs]),
      run(["scan", "--rules", rule, "--max-open-sequences", "1", pairs]),
    ]);
    // Two events and the alert that stands for them, for each pair.
    expect(linesOf(held.stdout)).toBe(6);
    expect(held.stderr).not.toMatch("dropped");
    expect(linesOf(given.stdout)).toBe(0);
    expect(given.stderr).toMatch(/dropped +3 open sequences given up/);
  });

  test("--state goes on from run to run, through a link", async () => {
    const state = join(folder, "kept-state");
    const link = join(folder, "state-link");
    const first = await run(["scan", "-q", "--state", state, recording]);
    expect(namesOf(first)).toEqual(["sh", "nc"]);
    expect([statSync(state).mode & 0o777, statSync(join(state, "state")).mode & 0o777]).toEqual([
      0o700, 0o600,
    ]);
    symlinkSync(state, link);
    const more = { input: ndjson(typed("sh", 20), typed("curl", 21)) };
    expect(namesOf(await run(["scan", "-q", "--state", link], more))).toEqual(["curl"]);
    expect(namesOf(await run(["scan", "-q", "--state", state], more))).toEqual([]);
  });

  test("a state that cannot be used is set aside, and the scan begins anew", async () => {
    const good = join(folder, "good-state");
    await run(["scan", "-q", "--state", good, recording]);
    const bytes = readFileSync(join(good, "state"));
    const damaged = Buffer.from(bytes);
    damaged[100] = (damaged[100] as number) ^ 1;
    const states = [
      ["empty", "", "it is no state file"],
      ["text", threeEvents, "it is no state file"],
      ["new", "tallyman state 9\n0123456789", "it was written by a newer version of tallyman"],
      ["old", "tallyman state 1\n0123456789", "its format is no longer read"],
      ["short", bytes.subarray(0, 20), "it ends early"],
      ["cut", bytes.subarray(0, -3), "it ends early"],
      ["flipped", damaged, "it is damaged"],
      // What nobody but an attacker makes: a checksum that is right of a text that is not.
      ["forged", forgedState("{"), "it is damaged"],
      ["other", forgedState('{"engine":{},"spoolNext":0}', bytes), "it holds no state of rules"],
    ] as const;
    await Promise.all(
      states.map(async ([name, content, problem]) => {
        const state = join(folder, `state-${name}`);
        mkdirSync(state);
        writeFileSync(join(state, "state"), content);
        const result = await run(["scan", "-q", "--state", state, recording]);
        expect([result.status, namesOf(result), linesOf(result.stderr)]).toEqual([3, ["sh", "nc"], 1]);
        expect(result.stderr).toMatch(`cannot be used: ${problem}; it was set aside as '`);
        const aside = readdirSync(state).find((entry) => entry.startsWith("state.unusable-"));
        expect(readFileSync(join(state, aside ?? ""))).toEqual(Buffer.from(content));
        expect((await run(["scan", "-q", "--state", state, recording])).status).toBe(0);
      }),
    );
  });

  test.for([
    ["nowhere/state", /^tallyman: the state folder '.*' cannot be made: its folder does not exist\n$/],
    ["three.ndjson", /^tallyman: the state folder '.*' is a file; name a folder\n$/],
  ] as const)(
    "that a state cannot be kept in %s is said before anything is read",
    async ([name, message]) => {
      writeFileSync(join(folder, "three.ndjson"), threeEvents);
      const result = await run(["scan", "--state", join(folder, name), recording]);
      expect(result).toMatchObject({ status: 3, stdout: "" });
      expect(result.stderr).toMatch(message);
    },
  );

  test("only one run at a time goes on from a state; after a crash the next may", async () => {
    const state = join(folder, "shared-state");
    const slow = startProgram(["scan", "-q", "--state", state, "-"]);
    slow.child.stdin?.write(ndjson(typed("slow", 0)));
    await slow.hasSpoken;
    const second = await run(["scan", "-q", "--state", state, recording]);
    expect(second).toMatchObject({ status: 3, stdout: "" });
    expect(second.stderr).toMatch(
      `is used by process ${slow.child.pid}; only one at a time can go on from it`,
    );
    slow.child.kill("SIGKILL");
    await slow.ended;
    expect((await run(["scan", "-q", "--state", state, recording])).status).toBe(0);
  });
});

/** A rule file of the type query. */
function queryRule(id: string, query: string, more = ""): string {
  return `[rule]
rule_id = "${id}"
name = "Rule ${id}"
description = "d"
type = "query"
language = "kuery"
index = ["logs-*"]
severity = "low"
risk_score = 21
query = '${query}'
${more}
`;
}

describe.concurrent("rules", () => {
  test("check and list the built-in rules", async () => {
    const [check, json, list] = await Promise.all([
      run(["rules", "check"]),
      run(["rules", "check", "--format", "json"]),
      run(["rules", "list", "--format", "ndjson"]),
    ]);
    expect(check).toEqual({
      status: 0,
      stdout: "6 rules in 6 files: 6 ready, 0 not run\n",
      stderr: "",
    });
    expect(JSON.parse(json.stdout)).toMatchObject({ files: 6, rules: 6, ready: 6, diagnostics: [] });
    expect(alertsOf(list).map(({ name, ready }) => [name === rule, ready])).toContainEqual([true, true]);
    expect(alertsOf(list)).toHaveLength(6);
  });

  test("show", async () => {
    const [part, unknown, several, json] = await Promise.all([
      run(["rules", "show", "unusual interactive"]),
      run(["rules", "show", "Unusual Interactive Proces Launched in a Container"]),
      run(["rules", "show", "container"]),
      run(["rules", "show", rule, "--format", "json"]),
    ]);
    expect(part.status).toBe(0);
    expect(part.stdout).toMatch(rule);
    expect(unknown).toMatchObject({ status: 1, stdout: "" });
    expect(unknown.stderr).toMatch(`; did you mean '${rule}'?\n`);
    expect(several).toMatchObject({ status: 1, stdout: "" });
    expect(several.stderr).toMatch("6 rules are called something like 'container'");
    expect(JSON.parse(json.stdout)).toMatchObject({ name: rule, type: "new_terms" });
  });

  test("rules that cannot run are shown by check and by scan", async () => {
    const broken = [
      ["broken.toml", "[rule\nname = 1", /broken\.toml:1:\d+: error bad-toml: /],
      ["broken.json", "{", /broken\.json:1:\d+: error bad-json: /],
      [
        "binary.toml",
        Buffer.from([0, 255, 1, 254, 10, 0x1b]),
        /binary\.toml:1:1: error unreadable-file: not text in UTF-8/,
      ],
      ["text.txt", "hello", /text\.txt:1:1: error /],
      ["type.toml", queryRule("t", "a:b").replace("21", '"x"'), /type\.toml:9:14: error wrong-type: /],
      ["query.toml", queryRule("q", "a:("), /query\.toml:10:\d+: error syntax-error: /],
      ["missing.toml", "", /missing\.toml:1:1: error /],
      ["deep.toml", `[rule]\nname = ${"[".repeat(100_000)}`, /deep\.toml:2:\d+: error bad-toml: .*64 deep/],
    ] as const;
    const paths = broken.map(([name, text]) => file(name, text));
    const [check, scan] = await Promise.all([
      run(["rules", "check", ...paths]),
      run(["scan", ...paths.flatMap((path) => ["--rules", path]), recording]),
    ]);
    expect([check.status, check.stderr]).toEqual([1, ""]);
    expect([scan.status, scan.stdout]).toEqual([1, ""]);
    for (const [, , message] of broken) {
      expect(check.stdout).toMatch(message);
      expect(scan.stderr).toMatch(message);
    }
    expect(scan.stderr).toMatch("no rule can run");
  });

  test("warnings are no failure, and --quiet leaves them out", async () => {
    const path = file("warned.toml", queryRule("w", "process.nam:nc or process.name:nc", "colour = 1"));
    const [check, quietly, scan] = await Promise.all([
      run(["rules", "check", path]),
      run(["rules", "check", "--quiet", path]),
      run(["scan", "-q", "--rules", path, recording]),
    ]);
    expect(check.status).toBe(0);
    expect(check.stdout).toMatch(/warned\.toml:10:10: warning unknown-field: /);
    expect(check.stdout).toMatch("did you mean 'process.name'?");
    expect(check.stdout).toMatch(/warned\.toml:11:1: warning unknown-key: Unknown key 'colour'/);
    expect(quietly).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(scan).toMatchObject({ status: 0, stderr: "" });
    expect(namesOf(scan)).toEqual(["nc"]);
  });

  test("of a folder, what runs is run, and what does not is told", async () => {
    const rules = join(folder, "rules");
    mkdirSync(join(rules, "below"), { recursive: true });
    writeFileSync(join(rules, "a.toml"), queryRule("same", "process.name:nc"));
    writeFileSync(join(rules, "below/b.toml"), queryRule("same", "process.name:sh"));
    writeFileSync(join(rules, "notes.md"), "not a rule");
    symlinkSync(rules, join(rules, "below/loop.toml"));
    symlinkSync("nowhere", join(rules, "dangling.toml"));
    const [check, scan] = await Promise.all([
      run(["rules", "check", rules]),
      run(["scan", "-q", "--rules", rules, recording]),
    ]);
    expect(check.status).toBe(1);
    expect(check.stdout).toMatch(/b\.toml:2:11: error duplicate-rule-id: /);
    expect(check.stdout).toMatch(/dangling\.toml:1:1: error unreadable-file: no such file or folder/);
    expect(scan.status).toBe(0);
    expect(namesOf(scan)).toEqual(["nc"]);
    expect(scan.stderr).toMatch("duplicate-rule-id");
  });

  test.for([
    ["a missing file", "missing-rules", "no such file or folder"],
    ["a folder without rules", ".", "no files of rules are in it"],
  ])("%s is no rule set", async ([, name, message]) => {
    const path = join(folder, "no-rules");
    mkdirSync(path, { recursive: true });
    const results = await Promise.all([
      run(["rules", "check", name as string], { cwd: path }),
      run(["rules", "show", rule, name as string], { cwd: path }),
      run(["scan", "--rules", name as string, recording], { cwd: path }),
    ]);
    expect(results.map(({ status }) => status)).toEqual([1, 1, 1]);
    expect(results[0]?.stdout).toMatch(`error unreadable-file: ${message}`);
    expect(results[1]?.stderr).toMatch("1 error in the rule files: `tallyman rules check` shows them");
    expect(results[2]?.stderr).toMatch(`error unreadable-file: ${message}`);
  });

  test("--field-types", async () => {
    const types = file("types.json", '{"my.size":"long","my.start":"date_nanos"}');
    const args = ["query", "kql", "my.size > 9", "-"];
    const setting = { input: '{"my":{"size":"10"}}\n{"my":{"size":"9"}}\n' };
    expect((await run([...args, "--field-types", types], setting)).stdout).toBe('{"my":{"size":"10"}}\n');
    const wrong = [
      [file("types-1.json", '{"a":"strnig"}'), `'a' in '.*' has no type that is known: "strnig"`],
      [file("types-0.json", '{"a":"toString"}'), `'a' in '.*' has no type that is known: "toString"`],
      [file("types-2.json", "[]"), "is no JSON object of field names and types"],
      [file("types-3.json", "{"), "is no JSON object of field names and types"],
      [join(folder, "types-4.json"), "no such file or folder"],
    ] as const;
    await Promise.all(
      wrong.map(async ([path, message]) => {
        const { status, stderr } = await run([...args, "--field-types", path], setting);
        expect([status, linesOf(stderr)]).toEqual([2, 1]);
        expect(stderr).toMatch(new RegExp(message));
      }),
    );
  });
});

describe.concurrent("queries", () => {
  test("kql prints what matches as it stands", async () => {
    const odd = `{ "process" : {"name":"nc"},   "@timestamp": "x" }\r\n${threeEvents}`;
    const result = await run(["query", "kql", "process.name:nc", "-"], { input: odd });
    expect(result).toMatchObject({ status: 0, stderr: "" });
    expect(result.stdout).toBe(
      `{ "process" : {"name":"nc"},   "@timestamp": "x" }\n${ndjson(typed("nc", 1))}`,
    );
    const [limited, none] = await Promise.all([
      run(["query", "kql", "--size", "2", "*", recording]),
      run(["query", "kql", "process.name:none", recording]),
    ]);
    expect(linesOf(limited.stdout)).toBe(2);
    expect(none).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  test("lucene prints what matches, and says what has no effect", async () => {
    const text = "process.name:(nc^2 OR bash) AND NOT process.name:/b.*/";
    const result = await run(["query", "lucene", text, "-"], { input: threeEvents });
    expect(result).toMatchObject({ status: 0, stdout: ndjson(typed("nc", 1)) });
    expect(result.stderr).toMatch("query:1:17: warning without-effect: ");
  });

  test("inputs are merged by the time field", async () => {
    const early = file("early.ndjson", ndjson({ n: 1, t: timeAt(1) }, { n: 3, t: timeAt(3) }));
    const later = file("later.ndjson", ndjson({ n: 2, t: timeAt(2) }));
    const result = await run(["query", "kql", "n:*", "--timestamp-field", "t", early, later]);
    expect(alertsOf(result).map(({ n }) => n)).toEqual([1, 2, 3]);
  });

  test("--now", async () => {
    const args = ["query", "kql", "@timestamp >= now-1s", recording, "--now", timeAt(2)];
    expect(namesOf(await run(args))).toEqual(["nc", "sh"]);
  });

  test("eql: events, in the order of time and then of the tiebreaker", async () => {
    const shuffled = ndjson(
      typed("c", 5, { tie: 2 }),
      typed("b", 5, { tie: 1 }),
      typed("a", 1, { tie: 3 }),
      typed("d", 6),
    );
    const args = ["query", "eql", "process where true", "-", "--tiebreaker-field", "tie"];
    const [all, limited] = await Promise.all([
      run(args, { input: shuffled }),
      run([...args, "--size", "2"], { input: shuffled }),
    ]);
    expect(all).toMatchObject({ status: 0, stderr: "" });
    expect(namesOf(all)).toEqual(["a", "b", "c", "d"]);
    // As on a cluster: the latest.
    expect(namesOf(limited)).toEqual(["c", "d"]);
  });

  test("eql: sequences, what is missing from them, and samples", async () => {
    const hosts = [typed("sh", 0), typed("nc", 1), typed("sh", 2)];
    const ask = (text: string, ...more: string[]) => run(["query", "eql", text, recording, ...more]);
    const [sequence, missing, samples, more] = await Promise.all([
      ask('sequence by host.id [process where process.name == "sh"] [process where process.name == "nc"]'),
      ask(
        'sequence by host.id with maxspan=1m [process where process.name == "sh"] ![process where process.name == "curl"]',
        "--size",
        "1",
      ),
      ask('sample by host.id [process where process.name == "sh"] [process where process.name == "nc"]'),
      ask(
        'sample by host.id [process where process.name == "sh"] [process where process.name == "nc"]',
        "--max-samples-per-key",
        "2",
      ),
    ]);
    for (const { status, stderr } of [sequence, missing, samples, more]) {
      expect([status, stderr]).toEqual([0, ""]);
    }
    expect(alertsOf(sequence)).toEqual([{ sequence: { join_keys: ["h1"], events: hosts.slice(0, 2) } }]);
    expect(alertsOf(missing)).toEqual([
      { sequence: { join_keys: ["h1"], events: [hosts[2], { missing: true }] } },
    ]);
    expect(alertsOf(samples)).toEqual([{ sequence: { join_keys: ["h1"], events: hosts.slice(0, 2) } }]);
    expect(alertsOf(more)).toHaveLength(2);
  });

  test.for(["kql", "lucene", "eql"])("a bad %s query is shown with its place", async (language) => {
    const [query, explain] = await Promise.all([
      run(["query", language, "process.name:(", recording]),
      run(["explain", language, "process.name:("]),
    ]);
    expect([query.status, query.stdout, explain.status, explain.stderr]).toEqual([1, "", 1, ""]);
    for (const text of [query.stderr, explain.stdout]) {
      expect(text).toMatch(/query:1:\d+: error syntax-error: /);
      expect(text).toMatch(/^ {3}1 \| process\.name:\(\n {5}\| +\^/m);
    }
  });

  test("--dialect endpoint reads a query as endpoints do, and without it the query says so", async () => {
    const text = 'network where descendant of [process where process.name == "nginx"]';
    const events = [
      { "@timestamp": "2024-05-01T00:00:02Z", event: { category: "network" }, process: { entity_id: "2" } },
      {
        "@timestamp": "2024-05-01T00:00:01Z",
        event: { category: "process" },
        process: { name: "nginx", entity_id: "1" },
      },
      {
        "@timestamp": "2024-05-01T00:00:01.5Z",
        event: { category: "process" },
        process: { name: "sh", entity_id: "2", parent: { entity_id: "1" } },
      },
    ];
    const file = join(folder, "lineage.ndjson");
    writeFileSync(file, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
    const [found, refused, explained, wrong] = await Promise.all([
      run(["query", "eql", "--dialect", "endpoint", text, file]),
      run(["query", "eql", text, file]),
      run(["explain", "eql", "--dialect", "endpoint", text]),
      run(["explain", "eql", "--dialect", "endgame", text]),
    ]);
    expect(found).toMatchObject({ status: 0, stderr: "" });
    expect(alertsOf(found)).toEqual([events[0]]);
    expect([refused.status, refused.stdout]).toEqual([1, ""]);
    expect(refused.stderr).toContain("error endpoint-only: 'descendant of'");
    expect(refused.stderr).toContain("--dialect endpoint");
    expect(explained).toMatchObject({ status: 0, stderr: "" });
    expect(explained.stdout).toContain("an ancestor of the process has had an event for which");
    expect([wrong.status, wrong.stdout]).toEqual([2, ""]);
    expect(wrong.stderr).toMatch(/^tallyman: .*'endgame'.*\n$/);
  });

  test("an endpoint rule is checked, listed, shown and run", async () => {
    const rule = join(folder, "endpoint-rule.toml");
    writeFileSync(
      rule,
      `[rule]
id = "dropped-and-run"
name = "A dropped file is run"
description = "A case."
os_list = ["linux"]
version = "1.0.6"
query = """
sequence with maxspan=1m
  [file where event.type == "creation"] as event0
  [process where process.executable == event0.file.path]
"""
`,
    );
    const events = ["creation", "start"].map((type, i) => ({
      "@timestamp": `2024-05-01T00:00:0${i}Z`,
      data_stream: { dataset: "endpoint.events.x" },
      host: { os: { type: "linux" } },
      event: { category: type === "start" ? "process" : "file", type },
      ...(type === "start" ? { process: { executable: "/tmp/a" } } : { file: { path: "/tmp/a" } }),
    }));
    const file = join(folder, "dropped.ndjson");
    writeFileSync(file, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
    const [checked, listed, shown, scanned] = await Promise.all([
      run(["rules", "check", rule]),
      run(["rules", "list", "--format", "ndjson", rule]),
      run(["rules", "show", "dropped-and-run", rule]),
      run(["scan", "--rules", rule, "--format", "ndjson", "--quiet", file]),
    ]);
    expect(checked).toMatchObject({ status: 0, stdout: "1 rule in 1 file: 1 ready, 0 not run\n" });
    expect(alertsOf(listed)).toMatchObject([{ rule_id: "dropped-and-run", type: "eql", ready: true }]);
    expect(shown.stdout).toMatch(/^type +eql in the endpoint dialect, version 1\.0\.6$/m);
    expect(shown.stdout).toMatch(/^systems +linux$/m);
    expect(scanned).toMatchObject({ status: 0, stderr: "" });
    expect(alertsOf(scanned)).toHaveLength(3);
    expect(alertsOf(scanned).at(-1)).toMatchObject({
      "kibana.alert.rule.rule_id": "dropped-and-run",
      "kibana.alert.rule.type": "eql",
    });
  });

  test("a profile says what each rule cost, and changes nothing", async () => {
    const path = join(folder, "profile.json");
    const [plain, profiled] = await Promise.all([
      run(["scan", recording]),
      run(["scan", "--profile", "--profile-output", path, recording]),
    ]);
    expect(profiled).toMatchObject({ status: 0, stdout: plain.stdout });
    expect(profiled.stderr).toMatch(
      /\n\n +time +share .*\n.*\n(.*\n)*.* ms to find out which conditions to evaluate, for 3 events\n$/,
    );
    const { events, rules } = JSON.parse(readFileSync(path, "utf8"));
    expect(events).toBe(3);
    expect(rules).toHaveLength(6);
    expect(rules.find(({ name }: { name: string }) => name === rule)).toMatchObject({
      candidates: 3,
      evaluations: 3,
      matches: 3,
      alerts: 2,
    });
    const refused = await run(["scan", "--profile-output", recording, recording]);
    expect(refused).toMatchObject({ status: 3, stdout: "" });
    expect(refused.stderr).toMatch("is also an input, which would be overwritten");
  });

  test("what rules cost is guessed, or measured over a recording", async () => {
    const [guessed, measured, missing] = await Promise.all([
      run(["rules", "list", "--cost", "--format", "ndjson"]),
      run(["rules", "list", "--cost", "--format", "ndjson", "--events", recording]),
      run(["rules", "list", "--cost", "--events", join(folder, "absent.ndjson")]),
    ]);
    expect(guessed).toMatchObject({ status: 0, stderr: "" });
    expect(measured).toMatchObject({ status: 0, stderr: "" });
    expect(missing).toMatchObject({ status: 3 });
    expect(linesOf(missing.stdout)).toBe(6);
    const [dearest] = alertsOf(guessed);
    expect(dearest).toMatchObject({ name: "Egress Connection from Entrypoint in Container" });
    expect(alertsOf(guessed).some(({ measured: has }) => has !== undefined)).toBe(false);
    expect(alertsOf(measured).find(({ name }) => name === rule)).toMatchObject({
      measured: { events: 3, candidates: 3, evaluations: 3, matches: 3 },
    });
  });

  test("explain says how a query is read", async () => {
    const [kql, lucene, eql, deep] = await Promise.all([
      run(["explain", "kql", "process.nam:nc"]),
      run(["explain", "lucene", "process.name:a  OR (process.name:b AND process.pid:>9)"]),
      run([
        "explain",
        "eql",
        "sequence by host.id with maxspan=5m [process where true] [network where true]",
      ]),
      run(["explain", "kql", `${"(".repeat(50_000)}a:b`]),
    ]);
    expect(kql).toMatchObject({ status: 0, stderr: "" });
    expect(kql.stdout).toMatch(/^Read as\n {2}process\.nam:nc\n\nMatches an event when\n/);
    expect(kql.stdout).toMatch("did you mean 'process.name'?");
    expect(lucene).toEqual({
      status: 0,
      stdout: `Read as
  process.name:a OR (process.name:b AND process.pid:>9)

Matches an event when
  any of
    process.name is "a" (exact text)
    all of
      process.name is "b" (exact text)
      process.pid is > 9 (number)
`,
      stderr: "",
    });
    expect(eql).toMatchObject({ status: 0, stderr: "" });
    expect(eql.stdout).toMatch(/Finds events one after the other within .*, 2 stages/);
    expect(deep).toMatchObject({ status: 1, stderr: "" });
    expect(deep.stdout).toMatch("error too-deep");
  });
});

/** A state file whose one section is another text, with the first-seen histories of a state file, if any. */
function forgedState(text: string, state: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(8);
  const end = Buffer.alloc(8);
  head.writeUInt32LE(text.length, 0);
  head.writeUInt32LE(crc32(text), 4);
  end.writeUInt32LE(crc32(text), 4);
  const histories = state.subarray(Math.max(0, state.indexOf("TLYSEEN\n")));
  return Buffer.concat([Buffer.from("tallyman state 2\n"), head, Buffer.from(text), end, histories]);
}

function hasScript(): boolean {
  return process.platform === "linux" && spawnSync("script", ["--version"]).status === 0;
}

/** Writes the recording into a pipe and keeps it open. */
function startWriter(pipe: string): ChildProcess {
  return spawn("sh", ["-c", `exec cat ${recording} - >${pipe}`], { stdio: ["pipe", "ignore", "ignore"] });
}

describe.concurrent("exceptions", () => {
  const hosts = file("known-hosts.txt", "web-01\nweb-02\n");
  const exceptions = file(
    "exceptions.toml",
    `
[[value_list]]
id = "hosts"
type = "keyword"
file = "known-hosts.txt"

[[exception]]
name = "Our shells"
description = "Ours."
rules = ["${rule}"]
entries = [
  { field = "host.name", type = "list", list = { id = "hosts" } },
  { field = "process.name", type = "match", value = "sh" },
]
`,
  );
  const slips = file(
    "slips.toml",
    `[[exception]]\nname = "x"\nrules = ["*"]\nentries = [{ field = "process.nmae", type = "match", value = "s*" }]\n`,
  );

  test("what they take out does not alert, and is counted", async () => {
    const result = await run(["scan", "--exceptions", exceptions, recording], { cwd: "/" });
    expect(namesOf(result)).toEqual(["nc"]);
    expect(result.status).toBe(0);
    expect(result.stderr).toMatch(/excepted +2 events that exceptions took out/);
  });

  test("scan tells what cannot match before it begins, and nothing of it when it is to be quiet", async () => {
    const [loud, quietly] = await Promise.all([
      run(["scan", "-e", slips, recording]),
      run(["scan", "-q", "-e", slips, recording]),
    ]);
    expect(loud.stderr).toMatch("did you mean 'process.name'?");
    expect(loud.stderr).toMatch("warning literal-wildcard");
    expect([loud.status, quietly.status, quietly.stderr]).toEqual([0, 0, ""]);
  });

  test("check says where the mistakes are, in text and JSON", async () => {
    const [text, json, good] = await Promise.all([
      run(["exceptions", "check", slips]),
      run(["exceptions", "check", "--format", "json", slips]),
      run(["exceptions", "check", exceptions]),
    ]);
    expect(text.stdout).toMatch(`${slips}:4:22: warning unknown-field`);
    expect(text.stdout).toMatch("1 exception in 1 file, for 6 of 6 running rules");
    expect(JSON.parse(json.stdout)).toMatchObject({
      exceptions: 1,
      rules_with_exceptions: 6,
      diagnostics: [{ code: "unknown-field", line: 4 }, { code: "literal-wildcard" }],
    });
    expect(good).toEqual({
      status: 0,
      stderr: "",
      stdout: "1 exception in 1 file, for 1 of 6 running rules\n",
    });
  });

  test("an error makes check fail, and leaves scan running with what is good", async () => {
    const bad = file("bad.toml", `[[exception]]\nname = "x"\nentries = []\n`);
    const missing = join(folder, "no-such.toml");
    const [checked, unread, scanned] = await Promise.all([
      run(["exceptions", "check", bad]),
      run(["exceptions", "check", missing]),
      run(["scan", "-e", bad, "-e", exceptions, recording]),
    ]);
    expect(checked.status).toBe(1);
    expect(checked.stdout).toMatch("error bad-value: 'entries' must have 1 or more entries, not 0");
    expect(unread.status).toBe(1);
    expect(unread.stdout).toMatch("error unreadable-file: no such file or folder");
    expect(namesOf(scanned)).toEqual(["nc"]);
    expect(scanned.stderr).toMatch("error bad-value");
  });

  test("text in another encoding is refused: its values would match nothing, in silence", async () => {
    const latin = file("latin.toml", "");
    writeFileSync(latin, Buffer.from('[[exception]]\nname = "caf\xe9"\n', "latin1"));
    writeFileSync(file("latin.txt", ""), Buffer.from("caf\xe9\n", "latin1"));
    const naming = file("naming.toml", '[[value_list]]\nid = "l"\ntype = "keyword"\nfile = "latin.txt"\n');
    const [own, named] = await Promise.all([
      run(["exceptions", "check", latin]),
      run(["exceptions", "check", naming]),
    ]);
    expect(own.stdout).toMatch("error unreadable-file: not text in UTF-8");
    expect(named.stdout).toMatch("The values in 'latin.txt' cannot be read: not text in UTF-8");
    expect([own.status, named.status]).toEqual([1, 1]);
  });

  test("list shows what is taken out, from which rules", async () => {
    const [text, json] = await Promise.all([
      run(["exceptions", "list", exceptions]),
      run(["exceptions", "list", "--format", "ndjson", exceptions]),
    ]);
    expect(text.stdout).toBe(
      [
        "Our shells",
        "  when   host.name is in the list 'hosts'",
        "         process.name is 'sh'",
        `  rules  ${rule}`,
        "  why    Ours.",
        `  file   ${exceptions}:8`,
        "",
      ].join("\n"),
    );
    expect(JSON.parse(json.stdout)).toMatchObject({
      name: "Our shells",
      conditions: ["host.name is in the list 'hosts'", "process.name is 'sh'"],
      rules: [{ name: rule }],
      line: 8,
    });
  });

  test("files of exceptions and of their values are not written over", async () => {
    for (const output of [exceptions, hosts]) {
      const result = await run(["scan", "-e", exceptions, "-o", output, recording]);
      expect(result.status).not.toBe(0);
    }
    expect(readFileSync(exceptions, "utf8")).toMatch("Our shells");
    expect(readFileSync(hosts, "utf8")).toMatch("web-01");
  });
});

test("rules check finds slips when it is asked to", async () => {
  const slip = file(
    "slip.toml",
    `[rule]\nrule_id = "s"\nname = "s"\ndescription = "s"\nrisk_score = 1\nseverity = "low"\ntype = "query"\nquery = 'url.path : "*/x/*"'\n`,
  );
  const [plain, linted] = await Promise.all([
    run(["rules", "check", slip]),
    run(["rules", "check", "--lint", slip]),
  ]);
  expect(plain.stdout).not.toMatch("quoted-wildcard");
  expect(linted.stdout).toMatch(`${slip}:8:21: warning quoted-wildcard`);
  expect([plain.status, linted.status]).toEqual([0, 0]);
});

test("a later state of an alert is a line of NDJSON with its id, and no alert to --fail-on or the summary", async () => {
  const suppressing = file(
    "suppressing.toml",
    `[rule]\nrule_id = "s"\nname = "Shells"\ndescription = "s"\nrisk_score = 1\nseverity = "low"\ntype = "query"\nquery = "process.name : *"\nalert_suppression = { group_by = ["host.name"], duration = { value = 1, unit = "h" } }\n`,
  );
  const state = join(folder, "suppression.state");
  const first = await run(["scan", "--rules", suppressing, "--state", state, recording]);
  const alerts = alertsOf(first);
  const counts = (found: Record<string, unknown>[]) =>
    found.map((alert) => alert["kibana.alert.suppression.docs_count"]);
  expect(counts(alerts)).toEqual([0, 2]);
  expect(alerts[0]?.["kibana.alert.uuid"]).toBe(alerts[1]?.["kibana.alert.uuid"]);
  expect(first.stderr).toMatch(/1 +2 +low +Shells/);
  expect(first.stderr).toMatch("suppressed  2 alerts counted in an earlier alert");
  const later = file("later.ndjson", ndjson(typed("sh", 60)));
  const second = await run(["scan", "--rules", suppressing, "--state", state, "--format", "table", later]);
  expect(second.stdout).toBe(
    "2026-01-05 UTC\n\n08:01:00  3 more alerts since 08:00:00: Shells\n          host.name web-01\n",
  );
});
