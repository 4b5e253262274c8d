import { diagnostic, type LocatedDiagnostic, SourceText } from "@tallyman/languages";
import { expect, test } from "vitest";
import { DiagnosticsPerFile } from "./diagnostics-per-file.ts";
import { diagnosticsPerFileMax } from "./limits.ts";

function found(source: SourceText, code: "unknown-field" | "unknown-list"): LocatedDiagnostic {
  return { ...diagnostic(code, { start: code === "unknown-list" ? 0 : 1, end: 2 }, code), source };
}

test("of each file so many are kept, errors before warnings, and what is not kept is counted", () => {
  const [first, second] = [new SourceText("a", "text"), new SourceText("b", "text")];
  const files = new DiagnosticsPerFile();
  files.add(found(second, "unknown-field"));
  for (let i = 0; i < diagnosticsPerFileMax; i++) {
    expect(files.isFull(first)).toBe(false);
    files.add(found(first, "unknown-field"));
  }
  files.add(found(first, "unknown-list"));
  expect([files.isFull(first), files.isFull(second)]).toEqual([true, false]);
  const own = files.all().filter(({ source }) => source === first);
  expect(own.length).toBe(diagnosticsPerFileMax + 1);
  expect(own[0]?.code).toBe("unknown-list");
  expect(own.at(-1)).toMatchObject({
    code: "more-problems",
    message: "1 more problem of this file is not shown",
    span: { start: 4, end: 4 },
  });
  expect(files.all().filter(({ source }) => source === second).length).toBe(1);
});
