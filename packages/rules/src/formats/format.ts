/** What a rule file is written in. */
export type RuleFileFormat = "toml" | "json" | "ndjson" | "yaml";

const formatOfExtension: ReadonlyMap<string, RuleFileFormat> = new Map([
  ["toml", "toml"],
  ["json", "json"],
  ["ndjson", "ndjson"],
  ["jsonl", "ndjson"],
  ["yaml", "yaml"],
  ["yml", "yaml"],
]);

/** The format that the file's extension names, or else the one that its text looks most like. */
export function detectFormat(path: string, text: string): RuleFileFormat {
  const extension = /\.([A-Za-z]+)$/.exec(path)?.[1]?.toLowerCase() ?? "";
  return formatOfExtension.get(extension) ?? detectFromText(text);
}

function detectFromText(text: string): RuleFileFormat {
  const line = firstLine(text);
  // A JSON list of rules begins with a brace or ends at once, the header of a TOML table with a name.
  if (/^\[\s*(?:$|[{\]])/.test(line)) return "json";
  if (line.startsWith("{")) return isJson(line) && text.trimEnd().includes("\n") ? "ndjson" : "json";
  return /^(?:\[|[\w"'.-]+\s*=)/.test(line) ? "toml" : "yaml";
}

/** The first line that is neither empty nor a comment, without the blanks around it. */
function firstLine(text: string): string {
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(start, end).trim();
    if (line !== "" && !line.startsWith("#")) return line;
    start = end + 1;
  }
  return "";
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
