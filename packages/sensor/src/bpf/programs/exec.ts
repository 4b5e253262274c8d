import { helpers, Label } from "../assembler.ts";
import { type Field, layouts } from "../layout.ts";
import { type Pointer, type ProgramBuilder, recordBytes, textEndMask } from "../program-builder.ts";
import { writeFacts } from "./facts.ts";
import { appendKernelString, appendPath, appendString, pathBytes, placeFrom, putLength } from "./path.ts";

const { fields, size: fixedBytes } = layouts.exec;

const cgroupBytes = 1024;
/** In bytes, NULs included; more is cut. */
const argsBytes = 12 * 1024;

/** Where each text has to end: all that stand before it may be as long as they can. */
const limits = {
  args: fixedBytes + argsBytes,
  filename: fixedBytes + argsBytes + pathBytes,
  resolvedPath: fixedBytes + argsBytes + 2 * pathBytes,
  workingDirectory: fixedBytes + argsBytes + 3 * pathBytes,
  cgroup: fixedBytes + argsBytes + 3 * pathBytes + cgroupBytes,
};

/** What of the environment fits in a record. */
export const environmentBytesMax = recordBytes - limits.cgroup;

export interface ExecOptions {
  /** How much of the environment is reported, in bytes; 0 for none. */
  readonly environmentBytes: number;
}

const fileTypeMask = 0o170000;
const characterDevice = 0o020000;

/** `sched_process_exec(task, old_pid, bprm)`: the new image is in place and has not run. */
export function writeExec(b: ProgramBuilder, { environmentBytes }: ExecOptions): void {
  const task = b.argument(0, "task_struct");
  const binary = b.argument(2, "linux_binprm");
  b.beginRecord("exec");
  writeFacts(b, task);
  writeStandardFiles(b, task);
  writeIsScript(b, binary);
  const memory = b.pointer(task, "mm");
  appendUserBytes(
    b,
    memory,
    "arg_start",
    "arg_end",
    fields.argsSize,
    fields.argsLength,
    argsBytes,
    limits.args,
  );
  appendKernelString(b, binary, "filename", fields.filenameLength, pathBytes, limits.filename);
  const root = placeFrom(b, task, "fs->root");
  const place = placeFrom(b, binary, "file->f_path");
  const resolved = { length: fields.resolvedPathLength, cut: fields.resolvedPathCut };
  appendPath(b, place, root, resolved, limits.resolvedPath);
  const directory = placeFrom(b, task, "fs->pwd");
  const working = { length: fields.workingDirectoryLength, cut: fields.workingDirectoryCut };
  appendPath(b, directory, root, working, limits.workingDirectory);
  appendCgroup(b, task);
  if (environmentBytes > 0) {
    const { environmentSize, environmentLength } = fields;
    appendUserBytes(
      b,
      memory,
      "env_start",
      "env_end",
      environmentSize,
      environmentLength,
      environmentBytes,
      recordBytes,
    );
  }
  b.emit();
}

/** The devices of file descriptors 0 to 2, where they are character devices. */
function writeStandardFiles(b: ProgramBuilder, task: Pointer): void {
  for (const n of [0, 1, 2] as const) {
    const none = new Label();
    const inode = b.pointer(task, `files->fdt->fd[${n}]->f_inode`);
    b.number("r1", inode, "i_mode").asm.and("r1", fileTypeMask).jumpIf("r1", "!=", characterDevice, none);
    b.copy(fields[`device${n}`], inode, "i_rdev").asm.place(none);
  }
}

/** An interpreter runs a file whose path is not the one that was given. */
function writeIsScript(b: ProgramBuilder, binary: Pointer): void {
  const same = new Label();
  b.number("r7", binary, "filename");
  b.number("r1", binary, "interp").asm.jumpIf("r1", "==", "r7", same);
  b.put(fields.isScript, 1).asm.place(same);
}

/** Appends what lies between two addresses of the process, as much as `room` takes, and says how much there is. */
function appendUserBytes(
  b: ProgramBuilder,
  memory: Pointer,
  start: string,
  end: string,
  size: Field,
  length: Field,
  room: number,
  limit: number,
): void {
  const none = new Label();
  const fits = new Label();
  const from = b.slot();
  b.number("r9", memory, end);
  b.number("r3", memory, start, from).asm.subtract("r9", "r3");
  b.put(size, "r9");
  b.asm.move("r7", "r8").jumpIf("r9", "<=", room, fits).move("r9", room).place(fits);
  b.textEnd("r1", room, limit, none);
  b.load("r3", from)
    .asm.move("r2", "r9")
    .call(helpers.probeReadUser)
    .jumpIf("r0", "!=", 0, none)
    .add("r8", "r9")
    .and("r8", textEndMask)
    .place(none);
  putLength(b, length);
}

const cgroupDepthMax = 32;
const cgroupNameBytes = 256;

/** The names of the cgroup and those around it, from the last to the first. */
function appendCgroup(b: ProgramBuilder, task: Pointer): void {
  const node = b.pointer(task, `cgroups->${b.cgroup}->kn`);
  const above = b.slot();
  const parent = b.types.has("kernfs_node", "__parent") ? "__parent" : "parent";
  const next = new Label();
  const cut = new Label();
  const done = new Label();
  b.asm.move("r7", "r8").move("r9", 0);
  b.asm.place(next).jumpIf("r9", ">=", cgroupDepthMax, cut).add("r9", 1);
  b.number("r1", node, parent, above).asm.jumpIf("r1", "==", 0, done);
  b.number("r3", node, "name");
  appendString(b, helpers.probeReadKernelString, cgroupNameBytes, limits.cgroup, cut);
  b.load("r1", above).store(node.slot, "r1").asm.jump(next).place(cut);
  b.put(fields.cgroupCut, 1).asm.place(done);
  putLength(b, fields.cgroupLength);
}
