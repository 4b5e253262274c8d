// Writes the field catalogue from the tables in this folder: npx tsx tools/catalogue/generate.ts
// With --check it writes nothing, and exits with 1 when the catalogue is not what it would write.

import { readFileSync, writeFileSync } from "node:fs";
import { encodeCatalogue } from "./encode-catalogue.ts";

const target = new URL("../../packages/ecs/src/catalogue-data.ts", import.meta.url);
const tables = ["fields.csv", "additions.csv"].map((name) => ({
  name: `tools/catalogue/${name}`,
  text: readFileSync(new URL(name, import.meta.url), "utf8"),
}));
const source = encodeCatalogue(tables);

if (!process.argv.includes("--check")) {
  writeFileSync(target, source);
} else if (readFileSync(target, "utf8") !== source) {
  console.error("catalogue-data.ts is stale; run npx tsx tools/catalogue/generate.ts");
  process.exitCode = 1;
}
