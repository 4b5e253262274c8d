import { helpers, Label } from "../assembler.ts";
import type { Field } from "../layout.ts";
import type { Pointer, ProgramBuilder, Slot } from "../program-builder.ts";
import {
  appendPath,
  appendString,
  assignPlace,
  type PathFields,
  pathBytes,
  placeFrom,
  putLength,
} from "./path.ts";

/** Where a system call took a path: slots with the address of its text, and with the descriptor of the directory that it counts from. */
export interface PathArgument {
  readonly task: Pointer;
  readonly directory: Slot;
  readonly name: Slot;
}

/** The descriptor that stands for the working directory: AT_FDCWD. */
export const workingDirectory = -100;
const slash = 0x2f;

/**
 * Appends a path as a call was given it and, where it is relative, the directory that it counts from. The text is read from the process, which may
 * have changed it since the kernel read it; when it cannot be read at all, the program ends without a record. `start` is where the texts before
 * it end at the latest.
 */
export function appendPathArgument(
  b: ProgramBuilder,
  { task, directory, name }: PathArgument,
  fields: PathFields & { readonly name: Field },
  start: number,
): void {
  const absolute = new Label();
  b.asm.move("r7", "r8");
  b.load("r3", name);
  appendString(b, helpers.probeReadUserString, pathBytes, start + pathBytes, b.out);
  putLength(b, fields.name);
  b.asm
    .jumpIf("r7", ">", start, b.out)
    .move("r1", "r6")
    .add("r1", "r7")
    .load(1, "r1", "r1")
    .jumpIf("r1", "==", slash, absolute);
  b.scope(() => {
    const fromWorkingDirectory = new Label();
    const root = placeFrom(b, task, "fs->root");
    const place = placeFrom(b, task, "fs->pwd");
    b.load("r1", directory).asm.jumpIf32("r1", "==", workingDirectory, fromWorkingDirectory);
    assignPlace(b, place, openFile(b, task, directory), "f_path");
    b.asm.place(fromWorkingDirectory);
    appendPath(b, place, root, fields, start + 2 * pathBytes);
  });
  b.asm.place(absolute);
}

/** The file (struct file) behind a descriptor of the current process's that is open. */
export function openFile(b: ProgramBuilder, task: Pointer, descriptor: Slot): Pointer {
  const table = b.pointer(task, "files->fdt->fd", "file *");
  b.load("r2", descriptor).asm.shiftLeft("r2", 32).shiftRight("r2", 29);
  const entry = b.shifted(table, "file *", (register) => b.asm.add(register, "r2"));
  return b.follow(entry, "file");
}
