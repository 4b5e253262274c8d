import { formatTimestamp } from "@tallyman/ecs";
import type { ExceptionItem, Rule } from "@tallyman/rules";
import { describeEntry } from "./exception-text.ts";
import { fit, wrap } from "./fit.ts";
import { type Look, lookOf } from "./look.ts";
import { printable } from "./printable.ts";
import { counted } from "./quantity.ts";
import type { Terminal } from "./terminal.ts";

/** So many rules of an exception are named. */
const rulesMax = 3;

/** An exception as `exceptions list` prints it. `nowMs` decides whether it has expired. Lines with line feeds. */
export function renderExceptionPage(
  item: ExceptionItem,
  rules: readonly Rule[],
  nowMs: number,
  terminal: Terminal,
): string {
  const look = lookOf(terminal);
  const { line } = item.source.position(item.span.start);
  const place = `${item.source.name}:${line}`;
  const lines = [
    ...wrap(printable(item.name, terminal), terminal.width).map(look.strong),
    ...fact("when", item.entries.map(describeEntry).join("\n"), terminal, look),
    ...fact("on", item.osTypes.map(({ value }) => value).join(", "), terminal, look),
    ...fact("rules", rulesText(rules), terminal, look),
    ...fact("list", item.listId ?? "", terminal, look),
    ...fact("until", untilText(item, nowMs), terminal, look),
    ...fact("why", item.description ?? "", terminal, look),
    ...fact("file", place, terminal, look),
  ];
  return `${lines.join("\n")}\n`;
}

function untilText({ expireMs }: ExceptionItem, nowMs: number): string {
  if (expireMs === undefined) return "";
  return `${formatTimestamp(expireMs)}${expireMs < nowMs ? ", which has passed" : ""}`;
}

function rulesText(rules: readonly Rule[]): string {
  if (rules.length === 0) return "none";
  const named = rules.slice(0, rulesMax).map(({ name }) => name);
  const more = rules.length - named.length;
  return [...named, ...(more > 0 ? [`and ${counted(more, "more rule")}`] : [])].join("\n");
}

const labelWidth = 7;
const indent = " ".repeat(2 + labelWidth);
/** Longer texts are cut. */
const textMax = 1000;

/** A label with one or several lines of text beside it; nothing when there is no text. */
function fact(label: string, text: string, terminal: Terminal, look: Look): readonly string[] {
  if (text === "") return [];
  const lines = text
    .split("\n")
    .flatMap((line) => wrap(fit(line, textMax, terminal), terminal.width - indent.length));
  return lines.map((line, i) =>
    i === 0 ? `  ${look.faint(label.padEnd(labelWidth))}${line}` : indent + line,
  );
}
