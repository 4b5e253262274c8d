// A real OpenSearch for tests, of one node on loopback, without security: `node tools/opensearch/start.mjs [port]`, until Ctrl-C. It needs Java 17 and Maven,
// which fetches 60 MB from Maven Central the first time. Tests that want it look at TALLYMAN_OPENSEARCH.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const port = process.argv[2] ?? "9250";
const here = import.meta.dirname;
const work = mkdtempSync(join(tmpdir(), "tallyman-opensearch-"));

/** Runs a command to its end, and ends with it when it fails. */
function need(command, args) {
  const { error, status } = spawnSync(command, args, { cwd: here, stdio: ["ignore", "inherit", "inherit"] });
  if (error === undefined && status === 0) return;
  process.stderr.write(
    `${command} ${error === undefined ? `ends with ${status}` : `cannot be run: ${error.message}`}\n`,
  );
  process.exit(1);
}

const classPath = join(work, "class-path");
need("mvn", ["-q", "-B", "dependency:build-classpath", `-Dmdep.outputFile=${classPath}`]);
const jars = readFileSync(classPath, "utf8").trim();
need("javac", ["-cp", jars, "-d", join(work, "classes"), "Cluster.java"]);
mkdirSync(join(work, "home", "config"), { recursive: true });
const node = spawn(
  "java",
  [
    "-Xmx512m",
    "-Dopensearch.set.netty.runtime.available.processors=false",
    "-cp",
    `${join(work, "classes")}:${jars}`,
    "Cluster",
    join(work, "home"),
    port,
  ],
  { stdio: ["ignore", "pipe", "inherit"] },
);
node.stdout.on("data", (chunk) => {
  if (String(chunk).includes("started"))
    process.stdout.write(`export TALLYMAN_OPENSEARCH=http://127.0.0.1:${port}\n`);
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => node.kill());
node.on("close", () => rmSync(work, { recursive: true, force: true }));
