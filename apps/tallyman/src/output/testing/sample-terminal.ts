import { describeTerminal, type Terminal } from "../terminal.ts";

export interface SampleTerminal {
  readonly width?: number;
  readonly color?: boolean;
  readonly unicode?: boolean;
  readonly isTerminal?: boolean;
}

/** A terminal for tests; without settings 80 columns, Unicode and no color. */
export function sampleTerminal(settings: SampleTerminal = {}): Terminal {
  const { width = 80, color = false, unicode = true, isTerminal = true } = settings;
  const environment = { LANG: unicode ? "C.UTF-8" : "C" };
  return describeTerminal({ isTTY: isTerminal, columns: width }, environment, color ? "always" : "never");
}

/** The looks that golden output is kept for. */
export const goldenLooks: readonly (readonly [name: string, settings: SampleTerminal])[] = [
  ["60", { width: 60 }],
  ["80", { width: 80 }],
  ["120", { width: 120 }],
  ["200", { width: 200 }],
  ["80-ascii", { width: 80, unicode: false }],
  ["80-color", { width: 80, color: true }],
  ["120-color", { width: 120, color: true }],
];

/** Output as it is kept in golden files: the start of a color is visible. */
export function golden(text: string): string {
  return text.replaceAll("\u001b", "␛");
}
