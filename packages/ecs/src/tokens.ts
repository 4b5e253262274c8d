import type { Analyzer } from "./field-catalogue.ts";

/** Placeholder until written below. */
export function tokenize(text: string, analyzer: Analyzer): readonly string[] {
  const pattern = analyzer === "powershell" ? /[\w-]+/g : /[\p{L}\p{N}_]+/gu;
  return text.toLowerCase().match(pattern) ?? [];
}
