// `npm start`: installs, builds, and runs the main job on the recording that comes with the project.
import { join } from "node:path";
import { build } from "./build.mjs";
import { install, root, run } from "./setup.mjs";

install();
await build();

const example = "examples/container-shell";
const args = ["scan", "--learn-from", `${example}/quiet.ndjson.gz`, `${example}/intrusion.ndjson.gz`];
process.stdout.write(`\n$ tallyman ${args.join(" ")}\n\n`);
const code = run(process.execPath, [
  join(root, "apps/tallyman/bin/tallyman.js"),
  ...args,
  "--format",
  "table",
]);
if (code === 0) {
  process.stdout.write(`
What to do next
  npx tallyman scan YOUR-EVENTS.ndjson              your own events, with the built-in rules
  npx tallyman scan --rules RULES/ EVENTS.ndjson    Elastic's rules, or yours
  npx tallyman rules check RULES/                   what of a rule set runs, and what is wrong with it
  npx tallyman query kql 'process.interactive:true' ${example}/intrusion.ndjson.gz
  npx tallyman --help
The recording and its story: ${example}/README.md
`);
}
process.exitCode = code;
