import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { configTables, topKeys } from "../../apps/tallyman/src/config/config-keys.ts";
import type { Setting } from "../../apps/tallyman/src/config/setting.ts";
import { sinkKeys } from "../../apps/tallyman/src/config/sink-keys.ts";
import { generatePart, type MarkedPart } from "../marked-part.ts";

/** The keys in docs/configuration.md are made from their definitions. */
export const keysPart: MarkedPart = {
  page: join(import.meta.dirname, "..", "..", "docs", "configuration.md"),
  start: "<!-- keys: made by tools/config-docs/generate.ts from apps/tallyman/src/config -->\n",
  end: "<!-- end of keys -->\n",
  make: () => `${sections().join("\n")}\n`,
};

/** Keys that every sink has, with another value without them for each type. */
const differing = ["building_blocks", "batch"];

/** What an example has something else in place of. */
const leftOut = [...differing, "username", "password"];

function sections(): string[] {
  const sinks = Object.entries(sinkKeys({}));
  const [first] = sinks;
  const shared = Object.keys(first?.[1] ?? {}).filter((name) => sinks.every(([, keys]) => name in keys));
  const common = shared.filter((name) => !differing.includes(name));
  return [
    section("At the top", "", topKeys),
    ...Object.entries(configTables).map(([name, keys]) => section(`\`[${name}]\``, `[${name}]\n`, keys)),
    section("`[[sinks]]`: what every sink has", undefined, pick(first?.[1] ?? {}, common)),
    ...sinks.map(([type, keys]) => {
      const own = Object.keys(keys).filter((name) => !shared.includes(name));
      return section(
        `A sink of type \`${type}\``,
        `[[sinks]]\ntype = "${type}"\n`,
        pick(keys, [...own, ...differing]),
      );
    }),
  ];
}

function pick(keys: Readonly<Record<string, Setting<unknown>>>, names: readonly string[]) {
  return Object.fromEntries(names.map((name) => [name, keys[name] as Setting<unknown>]));
}

/** @param head What stands above the keys in an example; undefined where there is none. */
function section(
  title: string,
  head: string | undefined,
  keys: Readonly<Record<string, Setting<unknown>>>,
): string {
  const hasFlags = Object.values(keys).some(({ flag }) => flag !== undefined);
  const rows = Object.entries(keys).map(([name, key]) => {
    const cells = [`\`${name}\``, `${key.about}.${key.isSecret ? " Secret." : ""}`, otherwiseOf(key)];
    return `| ${[...cells, ...(hasFlags ? [key.flag === undefined ? "" : `\`${key.flag}\``] : [])].map(escaped).join(" | ")} |`;
  });
  const header = ["key", "what it says", "without it", ...(hasFlags ? ["option"] : [])];
  const lines = [
    `### ${title}`,
    "",
    `| ${header.join(" | ")} |`,
    `|${header.map(() => "---|").join("")}`,
    ...rows,
    "",
  ];
  if (head !== undefined) {
    const example = Object.entries(keys)
      .filter(([name]) => !leftOut.includes(name))
      .map(([name, key]) => `${name} = ${key.example}\n`);
    lines.push("```toml", `${head}${example.join("")}\`\`\``, "");
  }
  return `${lines.join("\n")}`;
}

function otherwiseOf({ otherwise, presence }: Setting<unknown>): string {
  if (presence === "required") return "must be there";
  if (otherwise === undefined) return "";
  return otherwise.startsWith('"') || /^[\d.]+$|^true$|^false$/.test(otherwise)
    ? `\`${otherwise}\``
    : otherwise;
}

function escaped(cell: string): string {
  return cell.replaceAll("|", "\\|");
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  generatePart(keysPart);
