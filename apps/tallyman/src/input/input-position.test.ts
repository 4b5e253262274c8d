import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Json, JsonObject } from "@tallyman/ecs";
import { parseTimestamp } from "@tallyman/ecs";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { InputPositions } from "./input-position.ts";
import { readEvents } from "./read-events.ts";

const folder = mkdtempSync(join(tmpdir(), "tallyman-position-"));
afterAll(() => rmSync(folder, { recursive: true }));

const path = join(folder, "events.ndjson");
const second = join(folder, "more.ndjson");

function lineAt(id: number, seconds: number): string {
  return `${JSON.stringify({ "@timestamp": new Date(Date.UTC(2026, 0, 5) + seconds * 1000).toISOString(), id })}\n`;
}

function timestampOf(document: JsonObject) {
  return parseTimestamp(String(document["@timestamp"]));
}

/** Reads on from a position, processes no more than so many events, and gives those and where it got to. */
async function process(
  paths: readonly string[],
  saved: Json | undefined,
  countMax: number,
  isJudged = false,
) {
  const positions = new InputPositions(paths, saved);
  const judges = isJudged ? { batchesMax: 4, judge: async () => [] } : undefined;
  const reading = { timestampOf, latenessMs: 10_000, positions, isLazy: isJudged, judges };
  const input = readEvents(paths, reading);
  const ids: number[] = [];
  for await (const batch of input) {
    for (const event of batch) {
      if (ids.length === countMax) break;
      // Of what was not parsed yet some prove to be none.
      if (event.document !== undefined) ids.push(event.document["id"] as number);
      positions.done(event);
    }
    if (ids.length === countMax) break;
  }
  // What a state file makes of it.
  return {
    ids,
    saved: JSON.parse(JSON.stringify(positions.save())) as Json,
    passedOver: positions.passedOver,
  };
}

test("however often it is cut off, every event is processed once", async () => {
  const stream = fc.array(
    fc.oneof(
      { weight: 20, arbitrary: fc.integer({ min: -30, max: 30 }) },
      { weight: 1, arbitrary: fc.constant("broken" as const) },
      { weight: 1, arbitrary: fc.constant(100_000) },
    ),
    { maxLength: 200 },
  );
  await fc.assert(
    fc.asyncProperty(
      stream,
      stream,
      fc.array(fc.tuple(fc.nat({ max: 60 }), fc.boolean()), { maxLength: 8 }),
      async (one, other, cuts) => {
        const wanted: number[] = [];
        for (const [file, jitters] of [
          [path, one],
          [second, other],
        ] as const) {
          let text = "";
          for (const [i, jitter] of jitters.entries()) {
            if (jitter === "broken") text += '{"@timestamp":"2026-01-05T00:00:00Z", oops\n';
            else {
              const id = wanted.push(wanted.length) - 1;
              text += lineAt(id, i * 2 + jitter);
            }
          }
          writeFileSync(file, text);
        }
        const seen: number[] = [];
        let saved: Json | undefined;
        for (const [countMax, isJudged] of [...cuts, [Number.POSITIVE_INFINITY, true] as const]) {
          const part = await process([path, second], saved, countMax, isJudged);
          seen.push(...part.ids);
          saved = part.saved;
        }
        expect(seen.sort((a, b) => a - b)).toEqual(wanted);
        expect((await process([path, second], saved, Number.POSITIVE_INFINITY)).ids).toEqual([]);
      },
    ),
    { numRuns: 60 },
  );
});

test("an input that has grown is read on; one that begins differently is read from its beginning", async () => {
  writeFileSync(path, lineAt(1, 1) + lineAt(2, 2));
  const { saved } = await process([path], undefined, Number.POSITIVE_INFINITY);
  writeFileSync(path, lineAt(1, 1) + lineAt(2, 2) + lineAt(3, 3));
  expect(await process([path], saved, 10)).toMatchObject({ ids: [3], passedOver: 2 });
  writeFileSync(path, lineAt(4, 1) + lineAt(2, 2));
  expect(await process([path], saved, 10)).toMatchObject({ ids: [4, 2], passedOver: 0 });
});

test("an input that was not reached keeps its place", async () => {
  writeFileSync(path, lineAt(1, 1) + lineAt(2, 2));
  const { saved } = await process([path], undefined, 1);
  expect(new InputPositions([path], saved).save()).toEqual(saved);
});

test.for([undefined, null, 3, {}, { files: 3 }, { files: { [path]: { head: 3 } } }])(
  "of %j nothing is taken up",
  async (saved) => {
    writeFileSync(path, lineAt(1, 1));
    expect(await process([path], saved as Json | undefined, 10)).toMatchObject({ ids: [1], passedOver: 0 });
  },
);
