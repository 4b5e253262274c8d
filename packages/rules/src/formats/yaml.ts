import type { Span } from "@tallyman/languages";
import {
  type Document,
  isAlias,
  isCollection,
  isPair,
  isScalar,
  type ParsedNode,
  parseAllDocuments,
  YAMLError,
} from "yaml";
import type { FileDiagnostics } from "../file-diagnostics.ts";
import { depthMax } from "../limits.ts";
import { type FileDocument, Places } from "./places.ts";
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
    const beginning = { start: 0, end: 0 };
    diagnostics.add("bad-yaml", `The text is not valid YAML: ${wordsOf(thrown)}`, () => beginning);
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
      diagnostics.add("bad-yaml", `The text is not valid YAML: ${decoded.message}`, () => decoded.span);
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

interface Problem {
  readonly kind: "problem";
  readonly message: string;
  readonly span: Span;
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
  if (error !== undefined) {
    return problem(wordsOf(error), { start: error.pos[0], end: error.pos[1] });
  }
  const found = findProblem(document.contents);
  if (found !== undefined) return found;
  try {
    return { kind: "value", value: document.toJS({ maxAliasCount: aliasCountMax }) };
  } catch (thrown) {
    return problem(wordsOf(thrown), spanOfNode(document.contents));
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof YAMLError && error.code === "NON_STRING_KEY") return "a key must be text";
  const message = error instanceof Error ? error.message : String(error);
  if (message.startsWith("Excessive alias count")) return "the aliases stand for too much";
  // The parser recurses without a limit of its own.
  return message.startsWith("Maximum call stack") ? "nested too deeply" : message;
}

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

function problem(message: string, span: Span): Problem {
  return { kind: "problem", message, span };
}
