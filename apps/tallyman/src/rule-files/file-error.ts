const sentences: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder",
  EACCES: "no permission to read it",
  EPERM: "no permission to read it",
  EISDIR: "is a folder",
  ENOTDIR: "a part of the path is no folder",
  ELOOP: "too many links",
  EMFILE: "too many open files",
  ENAMETOOLONG: "the name is too long",
};

/** What went wrong with a file, in a few words for people; anything but an error of the operating system is thrown on. */
export function describeFileError(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") {
    return sentences[error.code] ?? error.message;
  }
  throw error;
}
