import { catalogueData } from "./catalogue-data.ts";
import type { Analyzer, Field, FieldCatalogue } from "./field-catalogue.ts";
import { isFieldPath } from "./field-path.ts";
import type { FieldType } from "./field-type.ts";

/**
 * The fields of the Elastic Common Schema, of Elastic Defend, of the Beats and of the integrations that Elastic's rules read,
 * with the types that Elastic maps them to. Read when it is first asked for.
 */
export function ecsCatalogue(): FieldCatalogue {
  ecs ??= new Catalogue(readFamilies(catalogueData));
  return ecs;
}

let ecs: FieldCatalogue | undefined;

/** How a field's values are indexed; many fields share one. */
interface Mapping {
  readonly type: FieldType;
  readonly analyzer: Analyzer;
  readonly isArray: boolean;
  readonly multiFields: readonly MultiField[];
}

/** A second way in which a field's values are indexed, under the field's name and one part more. */
interface MultiField {
  readonly name: string;
  readonly type: FieldType;
}

function plainMapping(type: FieldType): Mapping {
  return { type, analyzer: "standard", isArray: false, multiFields: [] };
}

const objectMapping = plainMapping("object");
const flattenedMapping = plainMapping("flattened");

class Catalogue implements FieldCatalogue {
  /** The fields by the name above them, empty for names of one part. Each name above a field is a key. */
  readonly #families: ReadonlyMap<string, Family>;

  constructor(families: ReadonlyMap<string, Family>) {
    this.#families = families;
  }

  find(path: string): Field | undefined {
    if (!isFieldPath(path)) return undefined;
    const { nestedPath, flattenedPath } = this.#ancestors(path);
    const mapping = this.#mapping(path);
    if (mapping !== undefined) return field(path, mapping, nestedPath);
    const valuePath = parentOf(path);
    const whole = this.#mapping(valuePath);
    const multiField = whole?.multiFields.find(({ name }) => name === lastPartOf(path));
    if (whole !== undefined && multiField !== undefined) {
      const { name, type } = multiField;
      const { isArray } = whole;
      return {
        ...field(path, plainMapping(type), nestedPath),
        valuePath,
        isArray,
        lowercase: name === "caseless",
      };
    }
    return flattenedPath === undefined ? undefined : field(path, flattenedMapping, nestedPath);
  }

  multiFields(path: string): readonly string[] {
    return this.#mapping(path)?.multiFields.map(({ name }) => name) ?? [];
  }

  names(): readonly string[] {
    const names: string[] = [];
    for (const [parent, family] of this.#families) {
      for (const [part, { multiFields }] of family.fields()) {
        const path = parent === "" ? part : `${parent}.${part}`;
        names.push(path, ...multiFields.map(({ name }) => `${path}.${name}`));
      }
    }
    return names;
  }

  with(types: Readonly<Record<string, FieldType>>): FieldCatalogue {
    const laidOver = Object.entries(types).filter(([path]) => isFieldPath(path));
    const families = new Map(this.#families);
    for (const [path, type] of laidOver) {
      // What is flattened holds keys instead of fields.
      if (type !== "flattened") continue;
      for (const parent of this.#families.keys()) {
        if (parent === path || parent.startsWith(`${path}.`)) families.delete(parent);
      }
    }
    const holdsValues = (path: string): boolean => {
      const type = Object.hasOwn(types, path) ? types[path] : undefined;
      return type !== undefined && type !== "object" && type !== "nested" && type !== "flattened";
    };
    const below = new Map<string, MultiField[]>();
    for (const [path, type] of laidOver) {
      const parent = parentOf(path);
      below.set(parent, [...(below.get(parent) ?? []), { name: lastPartOf(path), type }]);
    }
    for (const [path, type] of laidOver) {
      const parent = parentOf(path);
      // What is named below a field with values of its own is another way to index those.
      if (holdsValues(parent)) continue;
      const multiFields = holdsValues(path) ? [...(below.get(path) ?? [])] : [];
      // Elasticsearch's own mapping of text that it meets for the first time.
      if (type === "text" && multiFields.length === 0) multiFields.push({ name: "keyword", type: "keyword" });
      const fields = familyOf(parent, families).fields();
      const mapping = { ...plainMapping(type), multiFields };
      families.set(parent, new Family(new Map([...fields, [lastPartOf(path), mapping]])));
    }
    return new Catalogue(families);
  }

  #mapping(path: string): Mapping | undefined {
    const mapping = this.#families.get(parentOf(path))?.fields().get(lastPartOf(path));
    return mapping ?? (this.#families.has(path) ? objectMapping : undefined);
  }

  /** The nearest name above a path that is nested, and the nearest that is flattened. */
  #ancestors(path: string): { nestedPath: string | undefined; flattenedPath: string | undefined } {
    let nestedPath: string | undefined;
    let flattenedPath: string | undefined;
    for (let dot = path.indexOf("."); dot >= 0; dot = path.indexOf(".", dot + 1)) {
      const above = path.slice(0, dot);
      const mapping = this.#mapping(above);
      // Nothing is known below an unknown name, so this takes few steps whatever the path.
      if (mapping === undefined) break;
      if (mapping.type === "nested") nestedPath = above;
      if (mapping.type === "flattened") flattenedPath = above;
    }
    return { nestedPath, flattenedPath };
  }
}

function field(path: string, { type, analyzer, isArray }: Mapping, nestedPath: string | undefined): Field {
  return { path, valuePath: path, type, lowercase: false, analyzer, isArray, nestedPath };
}

/** The fields right below one name. Most are never asked for, so their lines are only taken apart when one of them is. */
class Family {
  readonly #fields: Map<string, Mapping>;
  #lines: (readonly [line: string, mapping: Mapping])[] = [];

  constructor(fields = new Map<string, Mapping>()) {
    this.#fields = fields;
  }

  addLine(line: string, mapping: Mapping): void {
    this.#lines.push([line, mapping]);
  }

  /** By the last part of their names. */
  fields(): ReadonlyMap<string, Mapping> {
    for (const [line, mapping] of this.#lines) {
      for (const part of line.split(" ").slice(1)) this.#fields.set(part, mapping);
    }
    this.#lines = [];
    return this.#fields;
  }
}

/** The family below a name, made together with those above it where there is none yet. */
function familyOf(parent: string, families: Map<string, Family>): Family {
  let family = families.get(parent);
  if (family === undefined) {
    family = new Family();
    families.set(parent, family);
    familyOf(parentOf(parent), families);
  }
  return family;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf(".")));
}

function lastPartOf(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}

/**
 * Reads the generated table. A line `= type …` opens a section of fields that are mapped alike: an analyser may follow the type
 * after a colon, then come multi-fields as `name:type` and the word `array`. The other lines are the fields: the name above
 * them, a dot for none, then the last part of each field's name.
 */
function readFamilies(data: string): ReadonlyMap<string, Family> {
  const families = new Map<string, Family>();
  let mapping = objectMapping;
  for (const line of data.trim().split("\n")) {
    const first = line.slice(0, line.indexOf(" "));
    if (first === "=") mapping = readMapping(line.split(" ").slice(1));
    else familyOf(first === "." ? "" : first, families).addLine(line, mapping);
  }
  return families;
}

function readMapping(words: readonly string[]): Mapping {
  const [[type = "", analyzer = "standard"] = [], ...rest] = words.map((word) => word.split(":"));
  return {
    type: type as FieldType,
    analyzer: analyzer as Analyzer,
    isArray: words.includes("array"),
    multiFields: rest.flatMap(([name = "", multiType]) =>
      multiType === undefined ? [] : [{ name, type: multiType as FieldType }],
    ),
  };
}
