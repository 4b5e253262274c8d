/** Why an input could not be read, or not to its end. */
export type InputFailureCode =
  | "not-found"
  | "is-a-directory"
  | "no-permission"
  | "named-twice"
  | "unknown-format"
  | "utf-16"
  | "truncated"
  | "corrupt"
  | "unreadable";

/** A problem with a whole input, for the person who named it. */
export interface InputFailure {
  readonly code: InputFailureCode;
  /** One sentence without a full stop that names the input. File names in it are as given: unfit for a terminal as they are. */
  readonly message: string;
  /** What to do about it, when there is something to say. */
  readonly hint: string | undefined;
}

/** How messages name an input: standard input by its name, a file by its path in quotes. */
export function inputName(file: string): string {
  return file === "-" ? "standard input" : `'${file}'`;
}

/**
 * Ends the reading of one input from anywhere below. It never leaves this folder: a `ByteSource` turns it into an `InputFailure`.
 * The predicate continues a sentence that begins with the input's name.
 */
export class UnreadableInput extends Error {
  override readonly name = "UnreadableInput";
  readonly code: InputFailureCode;
  readonly predicate: string;
  readonly hint: string | undefined;

  constructor(code: InputFailureCode, predicate: string, hint?: string) {
    super(predicate);
    this.code = code;
    this.predicate = predicate;
    this.hint = hint;
  }
}

/** What to tell about an error that was thrown while an input was opened or read. */
export function inputFailure(file: string, error: unknown): InputFailure {
  const { code, predicate, hint } = error instanceof UnreadableInput ? error : fromSystem(file, error);
  return { code, message: `${inputName(file)} ${predicate}`, hint };
}

function fromSystem(file: string, error: unknown): UnreadableInput {
  switch (error instanceof Error && "code" in error ? error.code : undefined) {
    case "ENOENT":
    case "ENOTDIR":
      return new UnreadableInput("not-found", "does not exist");
    case "EISDIR":
      return new UnreadableInput(
        "is-a-directory",
        "is a directory",
        file === "-" ? undefined : `name its files, for example ${file.replace(/\/+$/, "")}/*.ndjson`,
      );
    case "EACCES":
    case "EPERM":
      return new UnreadableInput("no-permission", "may not be read by this user");
    case "EMFILE":
    case "ENFILE":
      return new UnreadableInput(
        "unreadable",
        "cannot be opened, because too many files are open already",
        "raise the limit with 'ulimit -n'",
      );
    default:
      return new UnreadableInput("unreadable", `cannot be read: ${describeError(error)}`);
  }
}

function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
