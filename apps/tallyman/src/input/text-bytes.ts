import type { TextBytes } from "@tallyman/ecs";

/** A buffer as bytes that can give text. Every version of Node has these methods, of which its types do not tell. */
export function textBytes(buffer: Buffer): TextBytes {
  return buffer as Buffer & TextBytes;
}
