import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  type EndpointFunction,
  endpointFunctions,
  endpointSignature,
  eqlFunctions,
  type Parameter,
  type ScalarFunction,
  signatureOf,
} from "@tallyman/languages";

/** The pages of the function reference by their path below `docs/functions`, from the definitions of the functions. */
function functionPages(): ReadonlyMap<string, string> {
  const pages = new Map([
    ["eql/README.md", indexPage(eqlTitle, eqlFunctions)],
    ["endpoint/README.md", indexPage(endpointTitle, endpointFunctions)],
  ]);
  for (const definition of eqlFunctions) pages.set(`eql/${definition.name}.md`, functionPage(definition));
  for (const definition of endpointFunctions)
    pages.set(`endpoint/${definition.name}.md`, endpointPage(definition));
  return pages;
}

/** Pages that are missing, differ from the definitions or belong to no function any more. */
export function stalePages(folder: string): readonly string[] {
  const pages = functionPages();
  const stale = [...pages]
    .filter(
      ([path, text]) => !existsSync(join(folder, path)) || readFileSync(join(folder, path), "utf8") !== text,
    )
    .map(([path]) => path);
  return [...stale, ...leftOver(folder, pages)];
}

function writePages(folder: string): void {
  const pages = functionPages();
  for (const name of folders) mkdirSync(join(folder, name), { recursive: true });
  for (const path of leftOver(folder, pages)) rmSync(join(folder, path));
  for (const [path, text] of pages) writeFileSync(join(folder, path), text);
}

function leftOver(folder: string, pages: ReadonlyMap<string, string>): readonly string[] {
  return folders.flatMap((name) => {
    const present = existsSync(join(folder, name)) ? readdirSync(join(folder, name)) : [];
    return present.map((page) => `${name}/${page}`).filter((path) => !pages.has(path));
  });
}

const folders = ["eql", "endpoint"] as const;

const notice =
  "<!-- Made by tools/function-docs/generate.ts from the function's definition: change it there, then run `npx tsx tools/function-docs/generate.ts`. -->";

const eqlTitle = [
  "# EQL functions",
  "",
  "Names may be written in any case. A `~` after the name, where there is such a form, makes a function ignore the case of text.",
] as const;

const endpointTitle = [
  "# Functions of the endpoint dialect of EQL",
  "",
  "Endpoint rules have these beside [those of Elasticsearch's EQL](../eql/README.md), and so has `tallyman query eql --dialect endpoint`. Names may be written in any case.",
] as const;

function indexPage(
  title: readonly string[],
  functions: readonly Pick<ScalarFunction, "name" | "summary" | "hasCaseVariant">[],
): string {
  const rows = functions.map(
    ({ name, summary, hasCaseVariant }) =>
      `| [\`${name}\`](${name}.md) | ${summary} | ${hasCaseVariant ? "yes" : ""} |`,
  );
  return lines(notice, "", ...title, "", "| function | result | `~` |", "|---|---|---|", ...rows);
}

function functionPage(definition: ScalarFunction): string {
  const { name, summary, source, parameters, returns, hasCaseVariant, examples, notes = [] } = definition;
  return lines(
    notice,
    "",
    `# ${name}`,
    "",
    summary,
    "",
    "```eql",
    signatureOf(definition),
    ...(hasCaseVariant ? [signatureOf({ ...definition, name: `${name}~` })] : []),
    "```",
    "",
    "| parameter | type | |",
    "|---|---|---|",
    ...parameters.map(parameterRow),
    "",
    `The result is ${resultText[returns]}. ${nullText(parameters)}`,
    ...(hasCaseVariant ? ["", `\`${name}~\` ignores the case of text.`] : []),
    ...notes.flatMap((note) => ["", note]),
    "",
    "## Examples",
    "",
    "```eql",
    ...examples.map(([call, result]) => `${call.padEnd(widest(examples))}  // ${JSON.stringify(result)}`),
    "```",
    "",
    `Source: ${source}.`,
  );
}

function endpointPage(definition: EndpointFunction): string {
  const { name, otherNames, summary, source, parameters, returns, hasCaseVariant, examples, nulls, notes } =
    definition;
  return lines(
    notice,
    "",
    `# ${name}`,
    "",
    summary,
    "",
    "```eql",
    endpointSignature(definition),
    ...(hasCaseVariant ? [endpointSignature({ ...definition, name: `${name}~` })] : []),
    "```",
    "",
    "| parameter | form | |",
    "|---|---|---|",
    ...parameters.map((parameter) => `| \`${parameter.name}\` | ${parameter.form} | ${parameter.summary} |`),
    "",
    `The result is ${resultText[returns]}. ${nulls}`,
    ...(hasCaseVariant ? ["", `\`${name}~\` ignores the case of text.`] : []),
    ...otherNames.flatMap((other) => ["", `\`${other}\` is the same.`]),
    ...notes.flatMap((note) => ["", note]),
    "",
    "## Examples",
    "",
    "```eql",
    ...examples.flatMap(([event, call, result]) => [
      `// ${JSON.stringify(event)}`,
      `${call}  // ${JSON.stringify(result)}`,
    ]),
    "```",
    "",
    `Source: ${source}.`,
  );
}

const resultText: Readonly<Record<ScalarFunction["returns"], string>> = {
  text: "text",
  number: "a number",
  long: "a whole number",
  boolean: "true or false",
  numeric: "a number, a whole one if all arguments are whole",
};

const typeText: Readonly<Record<Parameter["type"], string>> = {
  text: "text",
  number: "number",
  integer: "whole number",
  boolean: "true or false",
  ip: "IP address",
  any: "any",
};

function parameterRow({ name, type, summary, isOptional, isVariadic, isConstant }: Parameter): string {
  const traits = [
    ...(isOptional === true ? ["may be left out"] : []),
    ...(isVariadic === true ? ["one or more"] : []),
    ...(isConstant === true ? ["a constant"] : []),
  ];
  return `| \`${name}\` | ${[typeText[type], ...traits].join(", ")} | ${summary} |`;
}

function nullText(parameters: readonly Parameter[]): string {
  const tolerant = parameters.filter(
    ({ isOptional, takesNull }) => isOptional === true || takesNull === true,
  );
  if (tolerant.length === parameters.length) return "";
  const names = tolerant.map(({ name }) => `\`${name}\``).join(" and ");
  return tolerant.length === 0
    ? "It is null when any argument is."
    : `It is null when any argument but ${names} is.`;
}

function widest(examples: ScalarFunction["examples"]): number {
  return Math.max(...examples.map(([call]) => call.length));
}

function lines(...parts: readonly string[]): string {
  return `${parts.join("\n").replaceAll(/[ \t]+$/gm, "")}\n`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const folder = join(import.meta.dirname, "..", "..", "docs", "functions");
  if (process.argv.includes("--check")) {
    const stale = stalePages(folder);
    for (const path of stale) console.error(`docs/functions/${path} is not what the definitions say`);
    process.exitCode = stale.length > 0 ? 1 : 0;
  } else writePages(folder);
}
