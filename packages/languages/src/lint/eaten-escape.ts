import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.ts";
import type { Span } from "../diagnostics/span.ts";

/**
 * Finds a backslash that a wildcard pattern loses: before any character but `*`, `?` and `\` it only says that the character is itself, so that
 * `C:\Users\*` is `C:Users*` with a star that is none. Reports `eaten-escape`.
 */
export function findEatenEscape(pattern: string, span: Span): Diagnostic | undefined {
  for (let i = 0; i < pattern.length; i++) {
    if (pattern[i] !== "\\") continue;
    const next = pattern[i + 1];
    if (next !== undefined && next !== "\\" && next !== "*" && next !== "?") {
      const message = `The backslash before '${next}' is lost: in a wildcard pattern it only makes the next character literal`;
      return diagnostic("eaten-escape", span, message, "write two backslashes for one");
    }
    i += 1;
  }
  return undefined;
}
