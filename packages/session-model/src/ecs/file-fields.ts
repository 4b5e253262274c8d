import type { JsonObject } from "@tallyman/ecs";
import type { FileEvent } from "../kernel-event.ts";
import { baseName, directoryOf, extensionOf } from "../process/paths.ts";

export function fileFields({ path, oldPath }: FileEvent): JsonObject {
  const name = baseName(path);
  return {
    path,
    name,
    extension: extensionOf(name),
    directory: directoryOf(path),
    Ext: oldPath === undefined ? undefined : { original: originalFields(oldPath) },
  };
}

function originalFields(path: string): JsonObject {
  const name = baseName(path);
  return { path, name, extension: extensionOf(name) };
}
