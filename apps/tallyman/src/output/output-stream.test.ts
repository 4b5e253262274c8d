import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ClosedPipe, OutputError } from "./output-error.ts";
import { type Output, openOutputFile } from "./output-stream.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tallyman-output-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A file that is opened with a clock that stands still, so that only a full buffer is written. */
function openQuiet(path: string): Output {
  return openOutputFile(path, [], { nowMs: () => 0 });
}

function caught(action: () => void): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

test("texts are written in order, whatever their length", () => {
  const path = join(folder, "order");
  const output = openOutputFile(path, []);
  const texts = [1, 70_000, 3, 65_536, 65_535, 0, 200_000, 5].map(
    (length, i) => `${i}:${"ü".repeat(length)}\n`,
  );
  for (const text of texts) output.write(text);
  output.close();
  output.close();
  expect(readFileSync(path, "utf8")).toBe(texts.join(""));
  expect(() => output.write("late")).toThrow("the output is closed");
});

test("a new file is its owner's only, one that is there keeps its permissions", () => {
  const [made, there] = [join(folder, "made"), join(folder, "there")];
  openOutputFile(made, []).close();
  writeFileSync(there, "old\n", { mode: 0o644 });
  openOutputFile(there, []).close();
  expect(statSync(made).mode & 0o777).toBe(0o600);
  expect(statSync(there).mode & 0o777).toBe(0o644);
  expect(readFileSync(there, "utf8")).toBe("");
});

test("what waits in the buffer goes out when it is flushed, or when time has passed", () => {
  const path = join(folder, "waits");
  let nowMs = 0;
  let writes = 0;
  const output = openOutputFile(path, [], { nowMs: () => nowMs, beforeWrite: () => writes++ });
  const write = (text: string) => {
    output.write(text);
    return readFileSync(path, "utf8");
  };
  expect(write("a")).toBe("a");
  expect(write("b")).toBe("a");
  nowMs = 199;
  expect(write("c")).toBe("a");
  nowMs = 200;
  expect(write("d")).toBe("abcd");
  output.write("e");
  output.flush();
  expect(readFileSync(path, "utf8")).toBe("abcde");
  output.close();
  expect(writes).toBe(3);
});

test("an input is not overwritten, under none of its names", () => {
  const path = join(folder, "input");
  writeFileSync(path, "events\n");
  execFileSync("ln", ["-s", path, `${path}-link`]);
  const error = caught(() => openOutputFile(`${path}-link`, [join(folder, "other"), path]));
  expect(error).toBeInstanceOf(OutputError);
  expect(readFileSync(path, "utf8")).toBe("events\n");
});

test.for([
  { path: () => folder, want: "it is a folder" },
  { path: () => join(folder, "none", "file"), want: "its folder does not exist" },
  { path: () => join(folder, "x".repeat(300)), want: "the name is too long" },
])("a file that cannot be opened: $want", ({ path, want }) => {
  const error = caught(() => openOutputFile(path(), []));
  expect(error).toBeInstanceOf(OutputError);
  expect(error).toMatchObject({
    message: `'${path()}' cannot be written: ${want}`,
    writtenBytes: 0,
    lost: 0,
  });
});

test("a full disk is one error, which counts what is lost", () => {
  const output = openQuiet("/dev/full");
  const error = caught(() => {
    for (let i = 0; i < 3; i++) output.write("x".repeat(30_000));
  });
  expect(error).toMatchObject({
    message: "'/dev/full' cannot be written: no space is left",
    writtenBytes: 0,
    lost: 1,
  });
  output.write("more");
  output.write("]", 0);
  output.flush();
  output.close();
  expect(error).toMatchObject({ lost: 2 });
});

test("lost records are counted as their writer counts them", () => {
  const output = openOutputFile("/dev/full", [], { nowMs: () => Number.NEGATIVE_INFINITY });
  output.write("two", 2);
  output.write("frame", 0);
  expect(() => output.write("x".repeat(70_000), 3)).toThrow(expect.objectContaining({ lost: 5 }));
});

test("the file ends with a whole record when the disk becomes full", () => {
  // The shell's limit on file sizes stands for a small disk.
  const path = join(folder, "limited");
  const printed = runProgram(
    `
    import { openOutputFile } from ${JSON.stringify(join(import.meta.dirname, "output-stream.ts"))};
    process.on("SIGXFSZ", () => {});
    const output = openOutputFile(${JSON.stringify(path)}, []);
    try {
      for (let i = 0; i < 500; i++) output.write("record " + "x".repeat(990) + "\\n");
    } catch (error) {
      console.log(JSON.stringify({ ...error, message: error.message }));
    }
    output.close();
    `,
    "",
    "ulimit -f 100;",
  );
  const error = JSON.parse(printed);
  const written = readFileSync(path, "utf8");
  expect(error).toMatchObject({ message: `'${path}' cannot be written: the file is as large as it may get` });
  expect(error.writtenBytes).toBe(written.length);
  expect(written.endsWith("x\n")).toBe(true);
  expect(written.length % 998).toBe(0);
});

test("a reader that leaves is a closed pipe, after which nothing is written or thrown", () => {
  const path = join(folder, "pipe");
  execFileSync("mkfifo", [path]);
  spawn("head", ["-c", "1", path], { stdio: "ignore" });
  const output = openOutputFile(path, []);
  const error = caught(() => {
    for (let i = 0; i < 100; i++) output.write("x".repeat(50_000));
  });
  expect(error).toBeInstanceOf(ClosedPipe);
  output.write("more");
  output.flush();
  output.close();
});

test.for(["blocking", "non-blocking"])(
  "a slow reader of a %s pipe gets all of it, and memory does not grow",
  (kind) => {
    // Node makes a pipe non-blocking when its own stream object for it is made.
    const result = runProgram(
      `
    import { openStandardOutput } from ${JSON.stringify(join(import.meta.dirname, "output-stream.ts"))};
    ${kind === "blocking" ? "" : "process.stdout;"}
    const output = openStandardOutput();
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 100_000; i++) output.write(String(i).padStart(499) + "\\n");
    output.close();
    if (process.memoryUsage().rss - before > 30e6) console.error("memory grew");
    `,
      "| (sleep 0.3; wc -c)",
    );
    expect(result).toBe("50000000\n");
  },
);

test("what cannot be said on standard error or to a reader who left is no failure", () => {
  const result = runProgram(
    `
    import { writeStandardError, writeStandardOutput } from ${JSON.stringify(join(import.meta.dirname, "output-stream.ts"))};
    writeStandardError("to nobody\\n");
    for (let i = 0; i < 10; i++) writeStandardOutput("x".repeat(100_000));
    process.exitCode = 7;
    `,
    "2>/dev/full | head -c 3; echo $PIPESTATUS",
  );
  expect(result).toBe("xxx7\n");
});

/** Runs a program below a shell, with what the shell is to do before and after it, and gives what both print. */
function runProgram(text: string, after: string, before = ""): string {
  const command = `${before} "$0" --import tsx --input-type=module -e "$1" ${after}`;
  // Where standard input is a socket, as here, Bash would read the user's own start-up file, which may print and wait.
  const words = ["--norc", "-c", command, process.execPath, text];
  const { stderr, stdout } = spawnSync("bash", words, { encoding: "utf8" });
  return stdout + stderr;
}
