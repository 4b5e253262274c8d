import type { ExecEvent } from "../kernel-event.ts";
import type { RunningProcess } from "../running-process.ts";
import { absolutePath, baseName, directoryOf } from "./paths.ts";

/** What an exec put into a process. A fork shares it; it never changes. */
export interface Image {
  /** The name as exec'd: a script's own, not its interpreter's. Empty where nothing is known. */
  readonly name: string;
  /** The absolute path as exec'd. */
  readonly executable?: string;
  /** The file that runs, where it is another. */
  readonly resolvedExecutable?: string;
  readonly args?: readonly string[];
  readonly argsTruncated?: boolean;
  /** The arguments, one blank between them. */
  readonly commandLine?: string;
  readonly environment?: readonly string[];
  readonly environmentTruncated?: boolean;
  /** The directory in which it began. */
  readonly workingDirectory?: string;
  /** About how many bytes it holds. */
  readonly size: number;
}

interface Loaded {
  readonly args?: readonly string[];
  readonly argsTruncated?: boolean;
  readonly environment?: readonly string[];
  readonly environmentTruncated?: boolean;
}

/** The longest name that the kernel keeps in `comm`, in bytes. */
const commLengthMax = 15;
/** How many arguments of an interpreter are looked at for the script. */
const scriptArgsMax = 8;

/** Of a process of which only the kernel's short name is known, if that. */
export function imageOfComm(comm: string | undefined): Image {
  return { name: comm ?? "", size: comm?.length ?? 0 };
}

/**
 * The image of an exec, under the path that was given to execve. Rules are written against that: a script under its own name, busybox under its applet's.
 * Where the path is only a descriptor, the file behind it counts, and where that has no path either (runc's sealed copy of itself), the short name.
 */
export function imageOfExec(event: ExecEvent, directoryBefore: string | undefined): Image {
  const { filename, comm } = event;
  const directory = event.workingDirectory ?? directoryBefore;
  const resolved = pathOrNothing(event.resolvedPath);
  const given = filename === undefined || filename === "" ? undefined : absolutePath(filename, directory);
  const executable = given === undefined || isDescriptor(given) ? resolved : given;
  const name = executable === undefined ? comm : baseName(executable);
  return imageWith({ name, executable, resolved, directory }, event);
}

/** The image of a process found running. Its short name tells whether it was started under another path than that of the file that runs. */
export function imageOfRunning(process: RunningProcess): Image {
  const { comm, args, workingDirectory } = process;
  const file = pathOrNothing(process.executable);
  const fileName = file === undefined ? undefined : baseName(file);
  const plain = { name: fileName ?? comm, executable: file, resolved: file, directory: workingDirectory };
  if (comm === undefined || fileName === undefined || isCommOf(comm, fileName))
    return imageWith(plain, process);
  const started = args?.slice(0, scriptArgsMax).find((arg) => isCommOf(comm, baseName(arg)));
  if (started === undefined) return imageWith(plain, process);
  // An applet's link is called by name: it most likely lies beside the program.
  const startDirectory = started.includes("/") ? workingDirectory : directoryOf(file ?? "");
  const executable = absolutePath(started, startDirectory);
  return imageWith({ ...plain, name: baseName(executable), executable }, process);
}

const lightImages = new WeakMap<Image, Image>();

/** What is left of an image where room is short: name and paths. The same for all that share the image. */
export function lightImageOf(image: Image): Image {
  let light = lightImages.get(image);
  if (light === undefined) {
    const { name, executable, resolvedExecutable, workingDirectory } = image;
    light = imageWith(
      { name, executable, resolved: resolvedExecutable, directory: workingDirectory },
      { argsTruncated: true, environmentTruncated: true },
    );
    lightImages.set(image, light);
  }
  return light;
}

interface Place {
  readonly name: string | undefined;
  readonly executable: string | undefined;
  readonly resolved: string | undefined;
  readonly directory: string | undefined;
}

function imageWith(
  { name, executable, resolved, directory }: Place,
  { args, argsTruncated, environment, environmentTruncated }: Loaded,
): Image {
  const commandLine = args?.join(" ");
  return {
    name: name ?? "",
    ...(executable !== undefined && { executable }),
    ...(resolved !== undefined && resolved !== executable && { resolvedExecutable: resolved }),
    ...(args !== undefined && { args }),
    ...(argsTruncated === true && { argsTruncated }),
    ...(commandLine !== undefined && { commandLine }),
    ...(environment !== undefined && { environment }),
    ...(environmentTruncated === true && { environmentTruncated }),
    ...(directory !== undefined && { workingDirectory: directory }),
    size:
      lengthOf(executable) +
      lengthOf(resolved) +
      lengthOf(directory) +
      2 * sizeOf(args) +
      sizeOf(environment),
  };
}

function lengthOf(text: string | undefined): number {
  return text?.length ?? 0;
}

const overheadOfText = 16;

function sizeOf(texts: readonly string[] | undefined): number {
  return texts === undefined ? 0 : texts.reduce((sum, text) => sum + text.length + overheadOfText, 0);
}

/** A path that leads to whatever file a process has open or runs, under a name that says nothing of it. */
const descriptor =
  /^\/(dev\/(fd\/|std(in|out|err)$)|proc\/(self|thread-self)\/|proc\/\d+\/(task\/\d+\/)?(exe$|fd\/))/;

function isDescriptor(path: string): boolean {
  return descriptor.test(path);
}

const deleted = " (deleted)";

function pathOrNothing(path: string | undefined): string | undefined {
  if (path === undefined || path === "" || path === "/") return undefined;
  return path.endsWith(deleted) ? path.slice(0, -deleted.length) : path;
}

/** True when the kernel, which cuts names by bytes, would have made this short name of it. */
function isCommOf(comm: string, name: string): boolean {
  return comm === name || (comm.length <= commLengthMax && comm.length > 0 && isCut(comm, name));
}

function isCut(comm: string, name: string): boolean {
  // A name of 15 characters may stand for a longer one; with wider characters it takes fewer.
  return name.startsWith(comm) && (comm.length === commLengthMax || !isAscii(comm));
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}
