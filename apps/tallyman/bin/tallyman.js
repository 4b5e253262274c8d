#!/usr/bin/env node
// The program is a bundle beside this file; what stands here must run on any Node to say so when it is too old.
import { existsSync } from "node:fs";

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`tallyman needs Node 20.19 or newer; this is ${process.versions.node}\n`);
  process.exitCode = 1;
} else if (existsSync(new URL("../dist/main.js", import.meta.url))) {
  await import("../dist/main.js");
} else {
  process.stderr.write("tallyman is not built yet: run `npm run build` in its repository\n");
  process.exitCode = 1;
}
