// `npm test`: installs and runs the tests. Arguments go to Vitest.
import { join } from "node:path";
import { install, root, run } from "./setup.mjs";

install();
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
process.exitCode = run(process.execPath, [vitest, "run", ...process.argv.slice(2)]);
