/** The output could not be written: a full disk, no permission, a folder in place of a file. */
export class OutputError extends Error {
  override readonly name = "OutputError";
  /** Bytes that were written before. */
  readonly writtenBytes: number;
  /** How many records were lost: the one that failed, those that waited with it, and those that came after. */
  lost: number;

  /** The message is a sentence without a full stop. The name of the file in it is as given: unfit for a terminal as it is. */
  constructor(message: string, writtenBytes: number, lost: number, cause: unknown) {
    super(message, { cause });
    this.writtenBytes = writtenBytes;
    this.lost = lost;
  }
}

/** Whoever read the output wants no more of it, as `head` does. Not a failure: there is nothing to say, and nobody to say it to. */
export class ClosedPipe extends Error {
  override readonly name = "ClosedPipe";
}

/** Continues a sentence that says what could not be written: why. */
export function describeWriteError(error: unknown): string {
  const code = errorCode(error);
  const known = code === undefined ? undefined : sentences[code];
  return known ?? (error instanceof Error ? error.message : String(error));
}

/** The operating system's name of an error, such as `ENOSPC`. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

const sentences: Readonly<Record<string, string>> = {
  EACCES: "permission is denied",
  EBUSY: "it is in use",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file is as large as it may get",
  EIO: "the device failed",
  EISDIR: "it is a folder",
  ELOOP: "there are too many links",
  EMFILE: "too many files are open",
  ENAMETOOLONG: "the name is too long",
  ENFILE: "too many files are open",
  ENOENT: "its folder does not exist",
  ENOSPC: "no space is left",
  ENOTDIR: "a part of the path is no folder",
  ENXIO: "nobody reads from it",
  EPERM: "it is not permitted",
  EROFS: "the file system can only be read",
  ETXTBSY: "it is a program that is running",
};
