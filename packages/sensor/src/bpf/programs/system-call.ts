import type { Architecture, CallingConvention, WatchedCall } from "../architecture.ts";
import { Label } from "../assembler.ts";
import { layouts } from "../layout.ts";
import type { Pointer, ProgramBuilder, Slot } from "../program-builder.ts";
import { protocol, requireProtocol, writeConnection } from "./connection.ts";
import { writeEnd } from "./disconnect.ts";
import { requireFirstThread, writeFacts } from "./facts.ts";
import { rememberOwner, takeOwner } from "./owners.ts";
import { appendPath, pathBytes, placeFrom } from "./path.ts";
import { appendPathArgument, openFile, workingDirectory } from "./path-argument.ts";
import { tcpState } from "./tcp-state.ts";

export interface SystemCallOptions {
  /** Report files that are made, renamed and deleted, and those that are opened in containers to be changed. */
  readonly files: boolean;
  /** Report TCP connections. */
  readonly network: boolean;
}

/** What a handler makes of a call that succeeded. */
interface Call {
  readonly task: Pointer;
  readonly result: Slot;
  /** What its table row takes from the call. */
  readonly values: readonly [Slot, Slot, Slot, Slot];
}

/** What a handler takes from a call: one of its arguments, or a number that the call implies. */
type Value = { readonly argument: 0 | 1 | 2 | 3 } | number;

interface Handler {
  readonly write: (b: ProgramBuilder, call: Call) => void;
  readonly calls: Readonly<Partial<Record<WatchedCall, readonly Value[]>>>;
}

const [first, second, third, fourth] = [
  { argument: 0 },
  { argument: 1 },
  { argument: 2 },
  { argument: 3 },
] as const;
const createFlag = 0o100; // O_CREAT
const writeFlags = 0o3; // O_WRONLY, O_RDWR
const modeWrite = 1 << 1; // FMODE_WRITE
const modeCreated = 1 << 20; // FMODE_CREATED
const [fileKind, regularFile] = [0o170000, 0o100000]; // S_IFMT, S_IFREG
const removeDirectory = 0x200; // AT_REMOVEDIR
const inProgress = -115; // EINPROGRESS

const always: readonly Handler[] = [
  { write: (b, { task }) => writeChange(b, task, "setsid"), calls: { setsid: [] } },
  {
    write: writeIds,
    calls: { setuid: [], setgid: [], setreuid: [], setregid: [], setresuid: [], setresgid: [] },
  },
];
const ofFiles: readonly Handler[] = [
  // The flags.
  {
    write: writeOpening,
    calls: { open: [second], openat: [third], creat: [createFlag], openat2: [createFlag] },
  },
  // The directory and the name before, the directory and the name now.
  {
    write: writeRename,
    calls: {
      rename: [workingDirectory, first, workingDirectory, second],
      renameat: [first, second, third, fourth],
      renameat2: [first, second, third, fourth],
    },
  },
  // The directory, the name, the flags.
  { write: writeDeletion, calls: { unlink: [workingDirectory, first, 0], unlinkat: [first, second, third] } },
];
const ofNetwork: readonly Handler[] = [
  { write: writeAccept, calls: { accept: [], accept4: [] } },
  // The descriptor.
  { write: writeConnected, calls: { connect: [first] } },
];

/**
 * `sys_exit(registers, result)`: a system call returns, with its number and arguments still in the registers that it came with. This runs for
 * every call of every process, so the first thing is to find out that it does not matter.
 */
export function writeSystemCall(
  b: ProgramBuilder,
  { native, compat }: Architecture,
  { files, network }: SystemCallOptions,
): void {
  const succeeded = new Label();
  const is32Bit = new Label();
  b.loadArgument("r1", 1)
    .asm.jumpIf("r1", "s>=", 0, succeeded)
    .jumpIf("r1", "!=", inProgress, b.out)
    .place(succeeded);
  const result = b.slot();
  b.store(result, "r1");
  const registers = b.argument(0, "pt_regs");
  const task = b.currentTask();
  const values: Call["values"] = [b.slot(), b.slot(), b.slot(), b.slot()];
  const entries = [...always, ...(files ? ofFiles : []), ...(network ? ofNetwork : [])].map((handler) => ({
    handler,
    begin: new Label(),
    stubs: [...stubsOf(handler, native), ...stubsOf(handler, compat)],
  }));
  const numbers = (convention: CallingConvention) =>
    new Map(
      entries
        .flatMap(({ stubs }) => stubs)
        .filter((stub) => stub.convention === convention)
        .flatMap((stub) => stub.numbers.map((number): [number, Label] => [number, stub.label])),
    );

  b.number("r7", registers, native.number);
  b.number("r1", task, compat.member).asm.and("r1", compat.mask).jumpIf("r1", "!=", 0, is32Bit);
  // Programs of the x32 kind set a flag and call by the same numbers.
  b.asm.and("r7", ~0x4000_0000).jumpByValue("r7", numbers(native)).jump(b.out);
  b.asm.place(is32Bit).jumpByValue("r7", numbers(compat)).jump(b.out);

  for (const { handler, begin, stubs } of entries) {
    for (const { label, convention, taken } of stubs) {
      b.asm.place(label);
      taken.forEach((value, i) => {
        const slot = values[i] as Slot;
        if (typeof value === "number") b.asm.store(8, "r10", slot, value);
        else b.number("r1", registers, convention.arguments[value.argument], slot);
      });
      b.asm.jump(begin);
    }
    b.asm.place(begin);
    b.scope(() => handler.write(b, { task, result, values }));
  }
}

/** Where each call of a handler comes in and is made to look like the others. */
interface Stub {
  readonly label: Label;
  readonly convention: CallingConvention;
  readonly numbers: readonly number[];
  readonly taken: readonly Value[];
}

function stubsOf({ calls }: Handler, convention: CallingConvention): readonly Stub[] {
  return Object.entries(calls).flatMap(([call, taken]) => {
    const numbers = convention.numbers[call as WatchedCall];
    return numbers === undefined ? [] : [{ label: new Label(), convention, numbers, taken }];
  });
}

function writeChange(b: ProgramBuilder, task: Pointer, kind: "setsid" | "ids"): void {
  b.beginRecord(kind);
  writeFacts(b, task);
  b.emit();
}

function writeIds(b: ProgramBuilder, { task }: Call): void {
  // The C library changes all threads, one by one.
  requireFirstThread(b);
  writeChange(b, task, "ids");
}

/** A file that this call made; or one that was there, is opened to be changed, and may concern who watches containers. */
function writeOpening(b: ProgramBuilder, { task, result, values: [flags] }: Call): void {
  const wasThere = new Label();
  b.load("r1", flags)
    .asm.and("r1", createFlag | writeFlags)
    .jumpIf("r1", "==", 0, b.out);
  const file = openFile(b, task, result);
  b.number("r1", file, "f_mode").asm.and("r1", modeCreated).jumpIf("r1", "==", 0, wasThere);
  b.scope(() => writeFile(b, "create", task, file));
  b.asm.place(wasThere);
  // Below the initial pid namespace.
  b.number("r1", task, "thread_pid->level").asm.jumpIf("r1", "==", 0, b.out);
  b.number("r1", file, "f_mode").asm.and("r1", modeWrite).jumpIf("r1", "==", 0, b.out);
  b.number("r1", file, "f_inode->i_mode").asm.and("r1", fileKind).jumpIf("r1", "!=", regularFile, b.out);
  writeFile(b, "open", task, file);
}

function writeFile(b: ProgramBuilder, kind: "create" | "open", task: Pointer, file: Pointer): void {
  b.beginRecord(kind);
  writeFacts(b, task);
  const { fields, size } = layouts[kind];
  const to = { length: fields.pathLength, cut: fields.pathCut };
  appendPath(b, placeFrom(b, file, "f_path"), placeFrom(b, task, "fs->root"), to, size + pathBytes);
  b.emit();
}

function writeRename(b: ProgramBuilder, { task, values }: Call): void {
  const [oldDirectory, oldName, directory, name] = values;
  const { fields, size } = layouts.rename;
  b.beginRecord("rename");
  writeFacts(b, task);
  const before = {
    name: fields.oldNameLength,
    length: fields.oldDirectoryLength,
    cut: fields.oldDirectoryCut,
  };
  appendPathArgument(b, { task, directory: oldDirectory, name: oldName }, before, size);
  const now = { name: fields.nameLength, length: fields.directoryLength, cut: fields.directoryCut };
  appendPathArgument(b, { task, directory, name }, now, size + 2 * pathBytes);
  b.emit();
}

function writeDeletion(b: ProgramBuilder, { task, values: [directory, name, flags] }: Call): void {
  // Directories are not reported.
  b.load("r1", flags).asm.and("r1", removeDirectory).jumpIf("r1", "!=", 0, b.out);
  const { fields, size } = layouts.delete;
  b.beginRecord("delete");
  writeFacts(b, task);
  const to = { name: fields.nameLength, length: fields.directoryLength, cut: fields.directoryCut };
  appendPathArgument(b, { task, directory, name }, to, size);
  b.emit();
}

/** A connection can have ended before it is accepted. That went by unreported, since nobody knew yet whose it is, and is made up for here. */
function writeAccept(b: ProgramBuilder, { task, result }: Call): void {
  const told = new Label();
  const socket = openSocket(b, task, result);
  requireProtocol(b, socket, [protocol.tcp, protocol.multipathTcp]);
  b.beginRecord("accept");
  writeFacts(b, task);
  writeConnection(b, socket);
  b.emit(told).asm.place(told);
  // Before the state is read, so that one of the two programs reports an end that comes now: both miss it only where the other one has begun, which it
  // does just before the kernel sets the state.
  rememberOwner(b, socket, "ingress");
  b.number("r1", socket, "sk.__sk_common.skc_state").asm.jumpIf("r1", "!=", tcpState.close, b.out);
  writeEnd(b, socket, takeOwner(b, socket));
}

/** Tells the source port of a connection whose attempt was reported before it had one. */
function writeConnected(b: ProgramBuilder, { task, values: [descriptor] }: Call): void {
  const socket = openSocket(b, task, descriptor);
  requireProtocol(b, socket, [protocol.tcp]);
  b.beginRecord("connected");
  writeConnection(b, socket);
  b.emit();
}

/** The socket (struct inet_sock) of a file descriptor that is one. */
function openSocket(b: ProgramBuilder, task: Pointer, descriptor: Slot): Pointer {
  const socket = b.pointer(openFile(b, task, descriptor), "private_data", "socket");
  return b.pointer(socket, "sk", "inet_sock");
}
