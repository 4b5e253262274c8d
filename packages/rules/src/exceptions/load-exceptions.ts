import type { LocatedDiagnostic, ValueList } from "@tallyman/languages";
import { FileDiagnostics } from "../file-diagnostics.ts";
import type { FileDocument, KeyPath } from "../formats/places.ts";
import { kindOf } from "../kibana-export.ts";
import { valueListMax } from "../limits.ts";
import { readDocuments } from "../read-documents.ts";
import type { RuleFile } from "../rule.ts";
import { reportUnknown } from "../schema/json-value.ts";
import { type Keys, readKeys, type ValuesOf } from "../schema/object.ts";
import { isTable, wrongType } from "../schema/reader.ts";
import { quoted, Spot } from "../schema/spot.ts";
import type { ExceptionItem, ExceptionList, LoadedExceptions } from "./exception.ts";
import {
  detectionListTypes,
  exceptionKeys,
  kibanaItemKeys,
  kibanaListKeys,
  listKeys,
  valueListKeys,
} from "./exception-keys.ts";

/** Reads the file of a value list that `beside` names: its text, or why there is none, in a few words. */
export type ReadValueFile = (
  path: string,
  beside: string,
) => { readonly text: string } | { readonly problem: string };

export interface ExceptionFiles {
  /** Files that hold exceptions: TOML, or Kibana's export of exception lists. */
  readonly files: readonly RuleFile[];
  /** Rule files: Kibana's export of rules has their exceptions in it. */
  readonly ruleFiles?: readonly RuleFile[];
  readonly readValueFile: ReadValueFile;
}

/**
 * Reads exceptions. One with an error is left out, and all of its problems are reported; a warning leaves it in. Never throws, whatever the
 * texts are.
 */
export function loadExceptions({ files, readValueFile, ruleFiles = [] }: ExceptionFiles): LoadedExceptions {
  const loading = new ExceptionLoading(readValueFile);
  for (const file of files) loading.file(file);
  for (const file of ruleFiles) loading.ruleExport(file);
  return loading;
}

class ExceptionLoading implements LoadedExceptions {
  readonly lists: ExceptionList[] = [];
  readonly items: ExceptionItem[] = [];
  readonly valueLists = new Map<string, ValueList>();
  readonly diagnostics: LocatedDiagnostic[] = [];
  readonly #readValueFile: ReadValueFile;
  /** Ids of lists that are about something else than detection rules. */
  readonly #otherLists = new Set<string>();

  constructor(readValueFile: ReadValueFile) {
    this.#readValueFile = readValueFile;
  }

  file(file: RuleFile): void {
    const { diagnostics, documents, format, isEmpty } = readDocuments(file);
    const lines = documents.flatMap(exportLines);
    const found =
      format === "ndjson" || lines.some(isOfExceptions)
        ? this.#export(lines, diagnostics)
        : documents.map((document) => this.#document(document, diagnostics)).includes(true);
    if (!found && diagnostics.errorCount === 0) {
      const message = isEmpty ? "The file is empty" : "The file holds no exceptions";
      const hint = "exceptions stand under [[exception]], or are lines of Kibana's export";
      diagnostics.add(
        "not-an-exception",
        message,
        () => ({ start: 0, end: 0 }),
        () => hint,
      );
    }
    this.diagnostics.push(...diagnostics.located());
  }

  /** Reads what a rule file has of exceptions; what is wrong with its rules and its form is reported where those are read. */
  ruleExport(file: RuleFile): void {
    if (!file.text.includes('"list_id"') || !/\.(?:ndjson|jsonl)$/i.test(file.path)) return;
    const { documents, diagnostics: aside } = readDocuments(file);
    const own = documents.flatMap(exportLines).filter(isOfExceptions);
    const diagnostics = new FileDiagnostics(aside.source);
    this.#export(own, diagnostics);
    this.diagnostics.push(...diagnostics.located());
  }

  /** The lines of an export; false when none of them is about exceptions. */
  #export(lines: readonly ExportLine[], diagnostics: FileDiagnostics): boolean {
    // Items may stand before their list.
    for (const line of lines) {
      if (kindOf(line.value) === "exception list") this.#kibanaList(line, diagnostics);
    }
    for (const line of lines) {
      if (kindOf(line.value) === "exception") this.#kibanaItem(line, diagnostics);
    }
    return lines.some(isOfExceptions);
  }

  #kibanaList({ document, path, value }: ExportLine, diagnostics: FileDiagnostics): void {
    const spot = Spot.root(diagnostics, document, path, "the exception list");
    const list = readTable(kibanaListKeys, value, spot);
    if (list === undefined) return;
    const { span, value: listId } = list.list_id;
    if (!detectionListTypes.includes(list.type)) {
      this.#otherLists.add(`${list.namespace_type} ${listId}`);
      const message = `The list ${quoted(listId)} is of type ${quoted(list.type)}, which is not about detection rules`;
      spot.report("skipped-entry", message);
      return;
    }
    this.lists.push({
      listId,
      namespace: list.namespace_type,
      name: list.name ?? listId,
      rules: [],
      source: diagnostics.source,
      span,
    });
  }

  #kibanaItem({ document, path, value }: ExportLine, diagnostics: FileDiagnostics): void {
    const spot = Spot.root(diagnostics, document, path, "the exception");
    const item = readTable(kibanaItemKeys, value, spot);
    if (item === undefined || this.#otherLists.has(`${item.namespace_type} ${item.list_id}`)) return;
    this.#add({ ...item, rules: [] }, diagnostics);
  }

  /** The tables of a document of our own form; false when it has none. */
  #document(document: FileDocument, diagnostics: FileDiagnostics): boolean {
    const { value } = document;
    if (!isTable(value)) return false;
    const known = ["exception", "list", "value_list"];
    if (!known.some((key) => Object.hasOwn(value, key))) return false;
    const root = Spot.root(diagnostics, document, [], "the file");
    for (const key of Object.keys(value)) if (!known.includes(key)) reportUnknown(root.at(key), known);
    const each = (key: string, called: string, read: (entry: unknown, spot: Spot) => void): void => {
      const entries = value[key] ?? [];
      if (!Array.isArray(entries)) {
        root.at(key).report("wrong-type", `'${key}' must be a list of tables`, () => `write [[${key}]]`);
        return;
      }
      for (const [index, entry] of entries.entries()) {
        read(entry, Spot.root(diagnostics, document, [key, index], called));
      }
    };
    each("value_list", "the value list", (entry, spot) => this.#valueList(entry, spot, diagnostics));
    each("list", "the exception list", (entry, spot) => {
      const list = readWhole(listKeys, entry, spot);
      if (list === undefined) return;
      const { span, value: listId } = list.list_id;
      this.lists.push({
        listId,
        namespace: undefined,
        name: list.name ?? listId,
        rules: list.rules,
        source: diagnostics.source,
        span,
      });
    });
    each("exception", "the exception", (entry, spot) => {
      const item = readWhole(exceptionKeys, entry, spot);
      if (item === undefined) return;
      if (item.list_id === undefined && item.rules.length === 0) {
        const hint = 'write rules = ["a rule\'s id or name"], rules = ["*"] for all rules, or list_id';
        spot.report("missing-key", "The exception does not say which rules it is for", () => hint);
        return;
      }
      this.#add({ ...item, namespace_type: undefined }, diagnostics);
    });
    return true;
  }

  #add(
    item: ValuesOf<typeof exceptionKeys> & { readonly namespace_type: string | undefined },
    diagnostics: FileDiagnostics,
  ): void {
    const { description, entries, expire_time, list_id, name, namespace_type, os_types, rules } = item;
    this.items.push({
      name: name.value,
      description,
      listId: list_id,
      namespace: namespace_type,
      rules,
      osTypes: os_types,
      expireMs: expire_time,
      entries,
      source: diagnostics.source,
      span: name.span,
    });
  }

  #valueList(entry: unknown, spot: Spot, diagnostics: FileDiagnostics): void {
    const list = readWhole(valueListKeys, entry, spot);
    if (list === undefined) return;
    const { id, file, type } = list;
    if (this.valueLists.has(id.value)) {
      spot.at("id").report("bad-value", `There are two value lists ${quoted(id.value)}`);
      return;
    }
    if ((file === undefined) === (list.values === undefined)) {
      spot.report("missing-key", `The value list ${quoted(id.value)} needs either 'values' or 'file'`);
      return;
    }
    const values = list.values ?? this.#valuesOfFile(file?.value ?? "", spot.at("file"), diagnostics);
    if (values !== undefined) this.valueLists.set(id.value, { id: id.value, type, values });
  }

  /** The values of a file: one a line, without the blanks around it. */
  #valuesOfFile(path: string, spot: Spot, diagnostics: FileDiagnostics): readonly string[] | undefined {
    const read = this.#readValueFile(path, diagnostics.source.name);
    if ("problem" in read) {
      spot.report("unreadable-file", `The values in ${quoted(path)} cannot be read: ${read.problem}`);
      return undefined;
    }
    const text = read.text.startsWith("\ufeff") ? read.text.slice(1) : read.text;
    const values = text
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "");
    if (values.length <= valueListMax) return values;
    spot.report(
      "file-too-large",
      `${quoted(path)} has ${values.length} values; no more than ${valueListMax} are read`,
    );
    return undefined;
  }
}

/** A line of an export; where someone has saved it as JSON, the document or an element of it. */
interface ExportLine {
  readonly document: FileDocument;
  /** Where it stands in the document. */
  readonly path: KeyPath;
  readonly value: unknown;
}

function exportLines(document: FileDocument): readonly ExportLine[] {
  const { value } = document;
  return Array.isArray(value)
    ? value.map((element: unknown, index) => ({ document, path: [index], value: element }))
    : [{ document, path: [], value }];
}

function isOfExceptions({ value }: ExportLine): boolean {
  const kind = kindOf(value);
  return kind === "exception" || kind === "exception list";
}

function readTable<K extends Keys>(keys: K, value: unknown, spot: Spot): ValuesOf<K> | undefined {
  return isTable(value) ? readKeys(keys, value, spot) : wrongType("an object", value, spot);
}

/** The same for a table that may have no other keys. */
function readWhole<K extends Keys>(keys: K, value: unknown, spot: Spot): ValuesOf<K> | undefined {
  if (isTable(value)) {
    const names = Object.keys(keys);
    for (const name of Object.keys(value)) if (!names.includes(name)) reportUnknown(spot.at(name), names);
  }
  return readTable(keys, value, spot);
}
