import { helpers, Label } from "../assembler.ts";
import type { Field } from "../layout.ts";
import { type Pointer, type ProgramBuilder, textEndMask } from "../program-builder.ts";

/** A place in the tree of files: a directory entry in a mount (struct mount). The program overwrites both while it walks. */
export interface Place {
  readonly dentry: Pointer;
  readonly mount: Pointer;
}

/** Where the names of a path go, and where a path that is not whole is marked. */
export interface PathFields {
  readonly length: Field;
  readonly cut: Field;
}

/** The kernel's own limit for a path that is given to it, with the NUL. */
export const pathBytes = 4096;
/** With the NUL. The kernel's own limit for a name is 255. */
const nameBytes = 256;
/** Deeper paths are cut. */
const depthMax = 64;

/** The place that a struct path is. */
export function placeFrom(b: ProgramBuilder, from: Pointer, path: string): Place {
  const place = { dentry: b.pointer(from, `${path}.dentry`), mount: { struct: "mount", slot: b.slot() } };
  assignPlace(b, place, from, path);
  return place;
}

export function assignPlace(b: ProgramBuilder, to: Place, from: Pointer, path: string): void {
  b.assign(to.dentry, from, `${path}.dentry`);
  // A struct path has the part of the mount that file systems may see; the rest lies around it.
  b.number("r1", from, `${path}.mnt`).asm.add("r1", -b.types.path("mount", "mnt").offsets[0]);
  b.store(to.mount.slot, "r1");
}

/**
 * Appends the names on the way from a place up to the root of the process, as d_path(9) walks it: from each entry to its parent, and from the
 * top of a mount to the entry that it is mounted on. `limit` is how far the record may be filled.
 */
export function appendPath(
  b: ProgramBuilder,
  { dentry, mount }: Place,
  root: Place,
  fields: PathFields,
  limit: number,
): void {
  const next = new Label();
  const belowRoot = new Label();
  const topOfMount = new Label();
  const cut = new Label();
  const done = new Label();
  const above = b.slot();
  b.asm.move("r7", "r8").move("r9", 0);

  b.asm.place(next).jumpIf("r9", ">=", depthMax, cut).add("r9", 1);
  b.load("r1", dentry.slot).load("r2", root.dentry.slot).asm.jumpIf("r1", "!=", "r2", belowRoot);
  b.load("r1", mount.slot).load("r2", root.mount.slot).asm.jumpIf("r1", "==", "r2", done);

  b.asm.place(belowRoot);
  b.number("r1", mount, "mnt.mnt_root").load("r2", dentry.slot).asm.jumpIf("r1", "==", "r2", topOfMount);
  b.number("r3", dentry, "d_name.name");
  appendString(b, helpers.probeReadKernelString, nameBytes, limit, cut);
  // An entry that is its own parent: a file without a directory, as memfd_create makes it.
  b.number("r1", dentry, "d_parent", above).load("r2", dentry.slot).asm.jumpIf("r1", "==", "r2", done);
  b.assign(dentry, dentry, "d_parent").asm.jump(next);

  // The kernel's verifier takes the way straight on first. What it finds there, with the most text, holds for this shorter way as well.
  b.asm.place(topOfMount);
  b.number("r1", mount, "mnt_parent", above).load("r2", mount.slot).asm.jumpIf("r1", "==", "r2", done);
  b.assign(dentry, mount, "mnt_mountpoint").assign(mount, mount, "mnt_parent").asm.jump(next);

  b.asm.place(cut);
  b.put(fields.cut, 1).asm.place(done);
  putLength(b, fields.length);
}

/** Appends a string of the kernel's; cut, unmarked, at `room` bytes. The length stays zero when it cannot be read. */
export function appendKernelString(
  b: ProgramBuilder,
  from: Pointer,
  expression: string,
  length: Field,
  room: number,
  limit: number,
): void {
  const none = new Label();
  b.asm.move("r7", "r8");
  b.number("r3", from, expression);
  appendString(b, helpers.probeReadKernelString, room, limit, none);
  b.asm.place(none);
  putLength(b, length);
}

/**
 * Appends the string at the address in r3, with its NUL; cut, unmarked, at `room` bytes. Jumps when it cannot be read, or when the record has no room for
 * one so long.
 */
export function appendString(
  b: ProgramBuilder,
  read: typeof helpers.probeReadKernelString | typeof helpers.probeReadUserString,
  room: number,
  limit: number,
  otherwise: Label,
): void {
  b.textEnd("r1", room, limit, otherwise);
  b.asm
    .move("r2", room)
    .call(read)
    .jumpIf("r0", "s<=", 0, otherwise)
    .jumpIf("r0", ">", room, otherwise)
    .add("r8", "r0")
    .and("r8", textEndMask);
}

/** What was appended since r8 was copied to r7. */
export function putLength(b: ProgramBuilder, length: Field): void {
  b.asm.move("r1", "r8").subtract("r1", "r7");
  b.put(length, "r1");
}
