import type { JsonObject } from "@tallyman/ecs";
import type { FileEvent } from "../kernel-event.ts";
import { baseName, directoryOf, extensionOf } from "../process/paths.ts";

export function fileFields({ path, oldPath, pathTruncated }: FileEvent): JsonObject {
  const name = baseName(path);
  return {
    path,
    name,
    extension: extensionOf(name),
    directory: directoryOf(path),
    Ext:
      oldPath === undefined && pathTruncated === undefined
        ? undefined
        : {
            original: oldPath === undefined ? undefined : originalFields(oldPath),
            path_truncated: pathTruncated,
          },
  };
}

function originalFields(path: string): JsonObject {
  const name = baseName(path);
  return { path, name, extension: extensionOf(name) };
}
