import type { Severity } from "@tallyman/languages";
import type { RuleSeverity } from "@tallyman/rules";
import pc from "picocolors";
import type { Terminal } from "./terminal.ts";

/** Wraps text that is already safe to print in a style. The text keeps its width. */
export type Paint = (text: string) => string;

/**
 * How output looks on a terminal. Colors are chosen by what they mean, from the terminal's own palette, so that they suit light
 * and dark backgrounds; nothing is said by color alone.
 */
export interface Look {
  readonly plain: Paint;
  /** What a thing is called. */
  readonly strong: Paint;
  /** Context that the eye may skip. */
  readonly faint: Paint;
  readonly error: Paint;
  readonly warning: Paint;
  /** What is new, and what can be done. */
  readonly accent: Paint;
  readonly severity: Readonly<Record<RuleSeverity, Paint>>;
  readonly problem: Readonly<Record<Severity, Paint>>;
  /** Stands for what was cut. */
  readonly ellipsis: string;
  readonly arrow: string;
  /** Stands between two short texts. */
  readonly dot: string;
}

export function lookOf(terminal: Pick<Terminal, "color" | "unicode">): Look {
  const { color, unicode } = terminal;
  const { bold, cyan, dim, inverse, red, yellow } = pc.createColors(color);
  const error: Paint = (text) => bold(red(text));
  return {
    plain,
    strong: bold,
    faint: dim,
    error,
    warning: yellow,
    accent: cyan,
    severity: { critical: (text) => bold(inverse(red(text))), high: error, medium: yellow, low: plain },
    problem: { error, warning: yellow },
    ellipsis: unicode ? "…" : "...",
    arrow: unicode ? "→" : "->",
    dot: unicode ? "·" : "-",
  };
}

function plain(text: string): string {
  return text;
}
