import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { allMetrics } from "../../apps/tallyman/src/metrics/all-metrics.ts";
import { limits } from "../../apps/tallyman/src/metrics/limit-reached.ts";
import { generatePart, type MarkedPart } from "../marked-part.ts";

/** The metrics in docs/metrics.md are made from their definitions. */
export const metricsPart: MarkedPart = {
  page: join(import.meta.dirname, "..", "..", "docs", "metrics.md"),
  start: "<!-- metrics: made by tools/metrics-docs/generate.ts from apps/tallyman/src/metrics -->\n",
  end: "<!-- end of metrics -->\n",
  make: () => `${metricTable()}\n${limitTable()}`,
};

function metricTable(): string {
  const rows = allMetrics.map(({ help, labels, name, type }) => {
    const written = labels.length === 0 ? name : `${name}{${labels.join(", ")}}`;
    return [`\`${written}\``, type, help];
  });
  return table(["metric", "type", "what it says"], rows);
}

function limitTable(): string {
  const rows = Object.entries(limits).map(([name, counted]) => [`\`${name}\``, counted]);
  return table(["`limit` of `tallyman_limit_reached_total`", "what is counted"], rows);
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |\n`);
  return lines.join("");
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  generatePart(metricsPart);
