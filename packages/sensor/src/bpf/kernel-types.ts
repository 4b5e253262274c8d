import { SourceUnavailable } from "../source-unavailable.ts";

/** Where a member lies that an expression such as `signal->tty->index` names, counted from the start of a struct. */
export interface MemberPath {
  /**
   * Byte offsets. Each but the last leads to a pointer that is to be followed, so that the member lies `offsets.at(-1)` bytes behind the last
   * of them.
   */
  readonly offsets: readonly [number, ...number[]];
  /** In bytes. For a bit field: of the bytes that hold it. */
  readonly size: number;
  /** For a bit field: its lowest bit and its width, in the little-endian number that the `size` bytes are. */
  readonly bits?: { readonly shift: number; readonly width: number };
  /** The struct or union that the member is, or to which it points; undefined for anything else. */
  readonly struct: string | undefined;
}

/** Kinds of types in BTF, as in include/uapi/linux/btf.h. */
const Kind = {
  int: 1,
  pointer: 2,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  forward: 7,
  typedef: 8,
  volatile: 9,
  const: 10,
  restrict: 11,
  func: 12,
  funcProto: 13,
  variable: 14,
  dataSection: 15,
  float: 16,
  declTag: 17,
  typeTag: 18,
  enum64: 19,
} as const;

const magic = 0xeb9f;
const typeHeader = 12;
const memberLength = 12;

/**
 * The types of the running kernel, as it describes them itself in the BPF Type Format (Documentation/bpf/btf.rst). Only what it takes to find
 * members by their names, so that nothing here depends on a kernel's version or configuration.
 */
export class KernelTypes {
  readonly #bytes: Buffer;
  readonly #strings: Buffer;
  /** Where each type begins, by its id. Id 0 is `void`. */
  readonly #typeStarts: number[] = [0];
  /** Ids of structs, unions and enums, and of typedefs, by the place of their name among the strings. */
  readonly #tagged = new Map<number, number>();
  readonly #typedefs = new Map<number, number>();
  readonly #namePlaces = new Map<string, number>();

  /** Throws SourceUnavailable for bytes that are not BTF, or have a kind of type that did not exist in Linux 6.18. */
  constructor(bytes: Buffer) {
    if (bytes.length < 24 || bytes.readUInt16LE(0) !== magic)
      throw new SourceUnavailable("the kernel's description of its types is not in BTF, little-endian");
    const headerLength = bytes.readUInt32LE(4);
    const typesStart = headerLength + bytes.readUInt32LE(8);
    const typesEnd = typesStart + bytes.readUInt32LE(12);
    const stringsStart = headerLength + bytes.readUInt32LE(16);
    this.#bytes = bytes;
    this.#strings = bytes.subarray(stringsStart, stringsStart + bytes.readUInt32LE(20));
    for (let at = typesStart; at < typesEnd; at += this.#lengthAt(at)) this.#index(at);
  }

  /**
   * Finds a member by an expression as C has it, through anonymous members, arrays and pointers:
   * `path("task_struct", "signal->pids[3]->numbers[0].nr")`. Throws SourceUnavailable when this kernel has no such member.
   */
  path(struct: string, expression: string): MemberPath {
    const found = this.#find(struct, expression);
    if (found === undefined) throw new SourceUnavailable(`this kernel has no ${struct}.${expression}`);
    return found;
  }

  has(struct: string, expression: string): boolean {
    return this.#find(struct, expression) !== undefined;
  }

  /** The value of an enumerator; undefined when there is none. */
  enumerator(name: string, enumeratorName: string): number | undefined {
    const id = this.#tagged.get(this.#placeOf(name));
    if (id === undefined) return undefined;
    const wanted = this.#placeOf(enumeratorName);
    const step = this.#kind(id) === Kind.enum64 ? 12 : 8;
    for (let i = 0, at = this.#startOf(id) + typeHeader; i < this.#vlen(id); i++, at += step)
      if (this.#u32(at) === wanted) return this.#bytes.readInt32LE(at + 4);
    return undefined;
  }

  /** How many arguments a raw tracepoint hands to a program; undefined when the kernel has no tracepoint of that name. */
  tracepointArguments(tracepoint: string): number | undefined {
    // typedef void (*btf_trace_NAME)(void *data, …)
    const typedef = this.#typedefs.get(this.#placeOf(`btf_trace_${tracepoint}`));
    if (typedef === undefined) return undefined;
    return this.#vlen(this.#referenced(this.#referenced(typedef))) - 1;
  }

  #find(struct: string, expression: string): MemberPath | undefined {
    const start = this.#tagged.get(this.#placeOf(struct));
    if (start === undefined) return undefined;
    const offsets: number[] = [];
    let type = start;
    let bit = 0;
    let bitWidth = 0;
    for (const [, operator, name, index] of expression.matchAll(/(->|\.|^)(\w+)|\[(\d+)\]/g)) {
      const isPointer = this.#kind(this.#resolved(type)) === Kind.pointer;
      if (operator === "->" || (index !== undefined && isPointer)) {
        if (!isPointer) return undefined;
        offsets.push(bit / 8);
        bit = 0;
        type = this.#referenced(this.#resolved(type));
      }
      if (name !== undefined) {
        const member = this.#member(this.#resolved(type), name);
        if (member === undefined) return undefined;
        bit += member.bit;
        bitWidth = member.width;
        type = member.type;
      } else {
        if (!isPointer) {
          const array = this.#resolved(type);
          if (this.#kind(array) !== Kind.array) return undefined;
          type = this.#u32(this.#startOf(array) + typeHeader);
        }
        bit += 8 * Number(index) * this.#sizeOf(type);
      }
    }
    const rest = { struct: this.#structBehind(type) };
    if (bitWidth === 0) return { offsets: [...offsets, bit / 8] as never, size: this.#sizeOf(type), ...rest };
    const shift = bit % 8;
    const bits = { shift, width: bitWidth };
    return {
      offsets: [...offsets, (bit - shift) / 8] as never,
      size: Math.ceil((shift + bitWidth) / 8),
      bits,
      ...rest,
    };
  }

  /** A member of a struct or union, of itself or of an anonymous one in it: its place and, for a bit field, its width. */
  #member(type: number, name: string): { bit: number; width: number; type: number } | undefined {
    const kind = this.#kind(type);
    if (kind !== Kind.struct && kind !== Kind.union) return undefined;
    const wanted = this.#placeOf(name);
    const hasWidths = this.#info(type) >>> 31 === 1;
    for (let i = 0, at = this.#startOf(type) + typeHeader; i < this.#vlen(type); i++, at += memberLength) {
      const place = this.#u32(at);
      const memberType = this.#u32(at + 4);
      const packed = this.#u32(at + 8);
      const bit = hasWidths ? packed & 0xffffff : packed;
      if (place === wanted) return { bit, width: hasWidths ? packed >>> 24 : 0, type: memberType };
      if (place !== 0) continue;
      const inner = this.#member(this.#resolved(memberType), name);
      if (inner !== undefined) return { ...inner, bit: bit + inner.bit };
    }
    return undefined;
  }

  #structBehind(type: number): string | undefined {
    const resolved = this.#resolved(type);
    const id = this.#kind(resolved) === Kind.pointer ? this.#resolved(this.#referenced(resolved)) : resolved;
    const kind = this.#kind(id);
    if (kind !== Kind.struct && kind !== Kind.union && kind !== Kind.forward) return undefined;
    const place = this.#u32(this.#startOf(id));
    return place === 0 ? undefined : this.#strings.toString("latin1", place, this.#strings.indexOf(0, place));
  }

  /** In bytes. */
  #sizeOf(type: number): number {
    const id = this.#resolved(type);
    if (id === 0) return 1;
    const kind = this.#kind(id);
    if (kind === Kind.pointer) return 8;
    if (kind !== Kind.array) return this.#u32(this.#startOf(id) + 8);
    const array = this.#startOf(id) + typeHeader;
    return this.#sizeOf(this.#u32(array)) * this.#u32(array + 8);
  }

  /** The type without typedefs and qualifiers. */
  #resolved(type: number): number {
    for (let id = type; ; id = this.#referenced(id)) {
      const kind = this.#kind(id);
      const isWrapper =
        kind === Kind.typedef ||
        kind === Kind.volatile ||
        kind === Kind.const ||
        kind === Kind.restrict ||
        kind === Kind.typeTag;
      if (!isWrapper) return id;
    }
  }

  #index(at: number): void {
    const kind = (this.#u32(at + 4) >>> 24) & 31;
    const id = this.#typeStarts.push(at) - 1;
    const place = this.#u32(at);
    if (place === 0) return;
    if (kind === Kind.typedef) this.#typedefs.set(place, id);
    // The first of several of one name: the later ones come from modules' headers.
    else if (isTagged(kind) && !this.#tagged.has(place)) this.#tagged.set(place, id);
  }

  #lengthAt(at: number): number {
    const info = this.#u32(at + 4);
    const count = info & 0xffff;
    switch ((info >>> 24) & 31) {
      case Kind.int:
      case Kind.variable:
      case Kind.declTag:
        return typeHeader + 4;
      case Kind.array:
        return typeHeader + 12;
      case Kind.struct:
      case Kind.union:
      case Kind.dataSection:
      case Kind.enum64:
        return typeHeader + count * 12;
      case Kind.enum:
      case Kind.funcProto:
        return typeHeader + count * 8;
      case Kind.pointer:
      case Kind.forward:
      case Kind.typedef:
      case Kind.volatile:
      case Kind.const:
      case Kind.restrict:
      case Kind.func:
      case Kind.float:
      case Kind.typeTag:
        return typeHeader;
      default:
        throw new SourceUnavailable("the kernel describes its types in a newer BTF than is known here");
    }
  }

  /** Where a name stands among the strings, each of which is there once; -1 when there is none. */
  #placeOf(name: string): number {
    let place = this.#namePlaces.get(name);
    if (place === undefined) {
      const before = this.#strings.indexOf(`\0${name}\0`, 0, "latin1");
      place = before < 0 ? -1 : before + 1;
      this.#namePlaces.set(name, place);
    }
    return place;
  }

  #referenced(id: number): number {
    return this.#u32(this.#startOf(id) + 8);
  }

  #kind(id: number): number {
    return id === 0 ? 0 : (this.#info(id) >>> 24) & 31;
  }

  #vlen(id: number): number {
    return this.#info(id) & 0xffff;
  }

  #info(id: number): number {
    return this.#u32(this.#startOf(id) + 4);
  }

  #startOf(id: number): number {
    return this.#typeStarts[id] as number;
  }

  #u32(at: number): number {
    return this.#bytes.readUInt32LE(at);
  }
}

function isTagged(kind: number): boolean {
  return kind === Kind.struct || kind === Kind.union || kind === Kind.enum || kind === Kind.enum64;
}
