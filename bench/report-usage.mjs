// Loaded into a process before its program (`node --import`): when it ends, what it has used is written to the file that BENCH_USAGE_FILE names.
import { writeFileSync } from "node:fs";

process.on("exit", () => {
  writeFileSync(process.env.BENCH_USAGE_FILE, JSON.stringify(process.resourceUsage()));
});
