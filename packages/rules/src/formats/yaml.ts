import type { Span } from "@tallyman/languages";
import {
  type Document,
  isAlias,
  isCollection,
  isPair,
  isScalar,
  type ParsedNode,
  parseAllDocuments,
  type YAMLError,
} from "yaml";
import type { FileDiagnostics } from "../file-diagnostics.ts";
import { depthMax } from "../limits.ts";
import { type FileDocument, Places } from "./places.ts";
import { type Mistake, type Retelling, retell, singleQuotesHint } from "./retelling.ts";
import { locateYaml, spanOfNode } from "./yaml-places.ts";
import { yamlTextOffsets } from "./yaml-text.ts";

/** More aliases than this in a document are refused, as are aliases that blow up what they name. */
const aliasCountMax = 100;

/** Reads a YAML file, which may hold several documents; empty ones are nothing. Reports `bad-yaml` for each broken document. */
export function readYaml(text: string, diagnostics: FileDiagnostics): readonly FileDocument[] {
  const documents: FileDocument[] = [];
  let parsed: readonly Document.Parsed[];
  try {
    parsed = parseDocuments(text);
  } catch (thrown) {
    report(refusal(thrown, { start: 0, end: 0 }), diagnostics);
    return [];
  }
  // The trees are dropped, and made anew when a place is asked for, which is rare.
  let again: readonly Document.Parsed[] | undefined;
  function contentsOf(index: number): ParsedNode | null {
    again ??= parseDocuments(text);
    return again[index]?.contents ?? null;
  }
  for (const [index, document] of parsed.entries()) {
    const decoded = decode(document);
    if (decoded.kind === "problem") {
      report(decoded, diagnostics);
    } else if (decoded.value !== null) {
      const places = new Places(
        () => locateYaml(contentsOf(index)),
        (at, unescaped) => yamlTextOffsets(text, at, unescaped),
      );
      documents.push({ value: decoded.value, places });
    }
  }
  return documents;
}

interface Problem extends Mistake {
  readonly kind: "problem";
  readonly span: Span;
}

function problem(reason: string, span: Span, hint?: string): Problem {
  return { kind: "problem", reason, hint, span };
}

function refusal(error: unknown, span: Span): Problem {
  const { reason, hint } = retell(error instanceof Error ? error.message : String(error), retellings);
  return problem(reason, span, hint);
}

function report({ hint, reason, span }: Problem, diagnostics: FileDiagnostics): void {
  diagnostics.add(
    "bad-yaml",
    `The text is not valid YAML: ${reason}`,
    () => span,
    () => hint,
  );
}

function parseDocuments(text: string): readonly Document.Parsed[] {
  return parseAllDocuments(text, {
    prettyErrors: false,
    logLevel: "silent",
    stringKeys: true,
    // Its own check compares each key with each.
    uniqueKeys: false,
  });
}

function decode(document: Document.Parsed): Problem | { readonly kind: "value"; readonly value: unknown } {
  const [error] = document.errors;
  if (error !== undefined) return refusal(error, spanOfError(error, document.contents));
  const found = findProblem(document.contents);
  if (found !== undefined) return found;
  try {
    return { kind: "value", value: document.toJS({ maxAliasCount: aliasCountMax }) };
  } catch (thrown) {
    return refusal(thrown, spanOfNode(document.contents));
  }
}

function spanOfError({ message, pos: [start, end] }: YAMLError, contents: ParsedNode | null): Span {
  if (!message.startsWith("Missing closing")) return { start, end };
  // An open quote takes in the rest of the document, and where it begins says more than where that ends.
  const quote = spanOfNode(lastScalar(contents)).start;
  return { start: quote, end: quote + 1 };
}

function lastScalar(contents: ParsedNode | null): ParsedNode | null {
  let node = contents;
  while (isCollection(node)) {
    const item: unknown = node.items.at(-1);
    node = isPair<ParsedNode, ParsedNode | null>(item)
      ? (item.value ?? item.key)
      : ((item as ParsedNode | undefined) ?? null);
  }
  return node;
}

const retellings: readonly Retelling[] = [
  [
    /^Nested mappings are not allowed/,
    "a value that looks like a mapping",
    "quote a value that has ': ' in it; the keys of a mapping stand below each other",
  ],
  [/^Missing closing ["']quote/, "a quote that is never closed"],
  [/^Flow (?:map|sequence)/, "a bracket that is never closed"],
  [/^Invalid escape sequence/, "unknown escape", singleQuotesHint],
  [/^Plain value cannot start with/, "a value cannot begin with this", "put the value in quotes"],
  [/^Implicit (?:map )?keys|^Missing , or :/, "expected a key, a colon and a space"],
  [/^Tabs are not allowed/, "a tab in the indentation", "indent with spaces"],
  [/ must start at the same column$/, "the line is not indented like those it belongs to"],
  [/^Block collections are not allowed/, "a list or mapping without brackets inside brackets"],
  [/^Unexpected |^Not a YAML token/, "this cannot stand here"],
  [/^Block scalar header/, "this cannot stand after | or >"],
  [/^Missing , between/, "expected ',' or the end of the list or mapping"],
  [/^Alias cannot be an empty string/, "a value cannot begin with this", "put the value in quotes"],
  [/^With stringKeys/, "a key must be text"],
  [/^Excessive alias count/, "the aliases stand for too much"],
  // The parser recurses without a limit of its own.
  [/^Maximum call stack/, "nested too deeply"],
];

/** Looks for what the parser lets pass but a rule may not hold: keys given twice, deep nesting, aliases without end. */
function findProblem(contents: ParsedNode | null): Problem | undefined {
  let aliasCount = 0;
  const anchors = new Map<string, ParsedNode>();
  const enclosing = new Set<ParsedNode>();

  function visit(node: ParsedNode | null): Problem | undefined {
    if (node === null) return undefined;
    if (isAlias(node)) {
      aliasCount += 1;
      if (aliasCount > aliasCountMax) return problem(`more than ${aliasCountMax} aliases`, spanOfNode(node));
      const target = anchors.get(node.source);
      if (target === undefined)
        return problem(`no anchor '${node.source}' before this alias`, spanOfNode(node));
      return enclosing.has(target)
        ? problem("an alias inside of what it stands for", spanOfNode(node))
        : undefined;
    }
    if (node.anchor !== undefined) anchors.set(node.anchor, node);
    if (!isCollection(node)) return undefined;
    if (enclosing.size >= depthMax) return problem(`nested more than ${depthMax} deep`, spanOfNode(node));
    enclosing.add(node);
    const found = visitItems(node.items);
    enclosing.delete(node);
    return found;
  }

  function visitItems(items: Iterable<unknown>): Problem | undefined {
    const keys = new Set<unknown>();
    for (const item of items) {
      if (isPair<ParsedNode, ParsedNode | null>(item)) {
        const { key } = item;
        const name = isScalar(key) ? key.value : key;
        if (keys.has(name)) return problem(`the key '${String(name)}' is given twice`, spanOfNode(key));
        keys.add(name);
      }
      const found = isPair<ParsedNode, ParsedNode | null>(item)
        ? (visit(item.key) ?? visit(item.value))
        : visit(item as ParsedNode | null);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  return visit(contents);
}
