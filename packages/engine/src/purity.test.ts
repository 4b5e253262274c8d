import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** What a package of pure code cannot say: the present time, chance, and code made from text. */
const forbidden = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bperformance\.|\bnew Function\(|\beval\(/;

test.for(["ecs", "session-model", "languages", "rules", "engine"])(
  "packages/%s asks neither the clock nor chance",
  (name) => {
    const folder = new URL(`../../${name}/src/`, import.meta.url);
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
      (file) => file.endsWith(".ts") && !file.endsWith(".test.ts"),
    );
    expect(files.length).toBeGreaterThan(5);
    expect(files.filter((file) => forbidden.test(readFileSync(new URL(file, folder), "utf8")))).toEqual([]);
  },
);
