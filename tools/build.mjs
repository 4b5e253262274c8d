// Bundles the program into apps/tallyman/dist: one folder that runs without node_modules. Does nothing when the sources have not changed.
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { install, root } from "./setup.mjs";

const app = join(root, "apps", "tallyman");
const dist = join(app, "dist");
const stampName = ".built-from";

/** Brings the bundle up to date. */
export async function build() {
  const stamp = join(dist, stampName);
  const sources = fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === sources) return;
  process.stderr.write("Building …\n");
  const { rolldown } = await import("rolldown");
  // Made beside and put in place when it is whole, for whoever runs the program or builds it at the same time.
  const fresh = join(root, ".build", `dist-${process.pid}`);
  const bundle = await rolldown({
    input: {
      main: join(app, "src", "main.ts"),
      // These run in threads of their own, which begin with files of their own.
      "judge-worker": join(app, "src", "workers", "judge-worker.ts"),
      "sensor-worker": join(root, "packages", "sensor", "src", "worker", "sensor-worker.ts"),
    },
    platform: "node",
    // Holds native code; loaded where it is installed.
    external: ["koffi"],
    // Warnings are about this repository's own code and belong in front of whoever builds it.
    onLog: (level, log) => process.stderr.write(`${level}: ${log.message}\n`),
  });
  const { output } = await bundle.write({
    dir: fresh,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "[name].js",
    minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
  });
  await bundle.close();
  cpSync(join(root, "rules"), join(fresh, "rules"), { recursive: true });
  cpSync(join(root, "LICENSE"), join(fresh, "LICENSE"));
  writeFileSync(
    join(fresh, "THIRD-PARTY-LICENSES.txt"),
    licencesOf(output.flatMap((chunk) => chunk.moduleIds ?? [])),
  );
  writeFileSync(join(fresh, stampName), sources);
  rmSync(dist, { recursive: true, force: true });
  renameSync(fresh, dist);
}

/** Changes whenever a file does that goes into the bundle. */
function fingerprint() {
  const hash = createHash("sha256");
  const places = [
    "packages",
    "apps/tallyman/src",
    "apps/tallyman/package.json",
    "rules",
    "tools/build.mjs",
    "package-lock.json",
  ];
  for (const place of places)
    for (const file of filesBelow(join(root, place))) {
      const { size, mtimeMs } = statSync(file);
      hash.update(`${relative(root, file)} ${size} ${mtimeMs}\n`);
    }
  return hash.digest("hex");
}

function filesBelow(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter(({ name }) => name !== "node_modules" && !name.endsWith(".test.ts"))
    .flatMap(({ name }) => filesBelow(join(path, name)))
    .sort();
}

/** The licence texts of all packages that the bundle holds parts of. */
function licencesOf(moduleIds) {
  const folders = new Set();
  for (const id of moduleIds) {
    const parts = id.split(sep);
    const at = parts.lastIndexOf("node_modules");
    if (at < 0) continue;
    const length = parts[at + 1].startsWith("@") ? 3 : 2;
    folders.add(parts.slice(0, at + length).join(sep));
  }
  return [...folders]
    .sort()
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
      const text = file === undefined ? "" : readFileSync(join(folder, file), "utf8").trim();
      return `${name} ${version} (${license})\n\n${text}\n`;
    })
    .join(`\n${"-".repeat(80)}\n\n`);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  mkdirSync(app, { recursive: true });
  install();
  await build();
}
