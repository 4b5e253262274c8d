import { FieldSlots, ParsedEvent } from "@tallyman/ecs";
import { type EqlResult, EqlSearch, ordinalOf } from "@tallyman/engine";
import { checkEql, type EqlDialect } from "@tallyman/languages";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { catalogueWith } from "../field-types.ts";
import { fail } from "../output/fail.ts";
import { writeStandardError } from "../output/output-stream.ts";
import {
  lineOf,
  reportQuery,
  runSearch,
  type SearchOptions,
  searchNow,
  searchPaths,
} from "./search-input.ts";

export interface QueryEqlOptions extends SearchOptions {
  readonly tiebreakerField: string;
  readonly eventCategoryField: string;
  readonly dialect: EqlDialect;
  readonly maxSamplesPerKey: number;
}

/** Events that match some stage are held until all is read, since they may come in any order. */
const heldMax = 1_000_000;

/** What is held of an event: its line, and where it stands by its time. */
type HeldLine = string;

/**
 * `tallyman query eql`: prints the events that match, each as it stood in the input, or a line for each sequence or sample. What is searched is
 * all there is: an event that is not in the input is missing.
 */
export async function queryEql(
  text: string,
  files: readonly string[],
  options: QueryEqlOptions,
): Promise<ExitCode> {
  const paths = searchPaths(files);
  const nowMs = searchNow(options);
  const { query, diagnostics } = checkEql(text, catalogueWith(options.fieldTypes), {
    eventCategoryField: options.eventCategoryField,
    dialect: options.dialect,
  });
  reportQuery(text, diagnostics, options);
  if (query === undefined) return exitCode.failed;
  const slots = new FieldSlots();
  const search = new EqlSearch<HeldLine>(query, slots, {
    sizeMax: options.size ?? Number.POSITIVE_INFINITY,
    samplesPerKeyMax: options.maxSamplesPerKey,
    heldMax,
    nowMs,
  });
  let arrival = 0;
  const status = await runSearch(paths, options, {
    take(event) {
      arrival += 1;
      const ordinal = ordinalOf(event.document, options, event.timestamp?.ms ?? 0, arrival);
      return search.add(lineOf(event), new ParsedEvent(event.document, slots), ordinal);
    },
    end(write) {
      for (const result of search.results()) write(lineOfResult(result));
    },
  });
  if (search.combinationsCut > 0) {
    const count = search.combinationsCut.toLocaleString("en");
    writeStandardError(
      `tallyman: ${count} combinations of array values were not looked at: an event brings too many\n`,
    );
  }
  if (search.givenUp > 0 && !search.isFull) {
    const count = search.givenUp.toLocaleString("en");
    return fail(
      `${count} beginnings of sequences or processes were given up, since there were too many: the results may not be all`,
      exitCode.incomplete,
    );
  }
  if (!search.isFull) return status;
  const limit = heldMax.toLocaleString("en");
  return fail(
    `more than ${limit} events match, and the rest was not read: narrow the query or the input`,
    exitCode.incomplete,
  );
}

function lineOfResult(result: EqlResult<HeldLine>): string {
  if (result.kind === "event") return result.event;
  const events = result.events.map((line) => line ?? '{"missing":true}');
  return `{"sequence":{"join_keys":${JSON.stringify(result.joinKeys)},"events":[${events.join(",")}]}}`;
}
