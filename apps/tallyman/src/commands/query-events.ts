import { FieldSlots, ParsedEvent } from "@tallyman/ecs";
import { compile } from "@tallyman/languages";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { catalogueWith } from "../field-types.ts";
import type { EventLanguage } from "./event-language.ts";
import {
  lineOf,
  reportQuery,
  runSearch,
  type SearchOptions,
  searchNow,
  searchPaths,
} from "./search-input.ts";

/** `tallyman query kql` and `lucene`: prints the events that match, each as it stood in the input. */
export async function queryEvents(
  language: EventLanguage,
  text: string,
  files: readonly string[],
  options: SearchOptions,
): Promise<ExitCode> {
  const paths = searchPaths(files);
  const nowMs = searchNow(options);
  const { expression, diagnostics } = language.check(text, catalogueWith(options.fieldTypes));
  reportQuery(text, diagnostics, options);
  if (expression === undefined) return exitCode.failed;
  const slots = new FieldSlots();
  const program = compile(expression, slots);
  let left = options.size ?? Number.POSITIVE_INFINITY;
  return runSearch(paths, options, {
    take(event, write) {
      if (left > 0 && program.matches(new ParsedEvent(event.document, slots), nowMs)) {
        write(lineOf(event));
        left -= 1;
      }
      return left > 0;
    },
    end() {},
  });
}
