import { closeSync, fsyncSync, openSync } from "node:fs";

/** Forces the names in a folder to the disk: a new or renamed file is only found again when its folder is there too. Fails as the system does. */
export function syncFolder(path: string): void {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
