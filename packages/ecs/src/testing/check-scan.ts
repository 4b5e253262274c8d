import { depthMax, type EventView, FieldSlots, itself, ParsedEvent } from "../event.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { type Reading, readScalar } from "../reading.ts";
import { EventScanner, type TextBytes } from "../scanner/event-scanner.ts";

/** All there are. */
export const readings = Object.keys(readScalar) as readonly Reading[];

/** What came of scanning bytes: the event is read lazily, or the scanner wants it parsed, or it is no event. */
export type ScanOutcome = "scanned" | "to be parsed" | "no event";

/** Scans bytes[start, end) and asks everything. Throws where the answers are not those of a parsed event. */
export function checkScan(
  scanner: EventScanner,
  slots: FieldSlots,
  bytes: TextBytes,
  start = 0,
  end = bytes.length,
): ScanOutcome {
  const text = bytes.utf8Slice(start, end);
  const hasNonAscii = bytes.subarray(start, end).some((byte) => byte > 127);
  const isScanned = scanner.scan(bytes, start, end);
  const document = documentIn(text);
  try {
    if (isScanned) {
      if (document === undefined) throw new Error("no event");
      checkFields(scanner, slots, document);
      checkWhole(scanner, slots, document);
      expectSame("text", scanner.text(), text);
      expectSame("hasNonAscii", scanner.hasNonAscii, hasNonAscii);
      // The same bytes, which begin elsewhere for whoever sees only these.
      checkTold(scanner, slots, bytes.subarray(start, end) as TextBytes, document);
      return "scanned";
    }
    if (!hasNonAscii) expectSame("hasNonAscii of what was refused", scanner.hasNonAscii, false);
    checkFields(scanner, slots, {});
    return document === undefined ? "no event" : "to be parsed";
  } catch (error) {
    throw new Error(`${(error as Error).message}, in ${JSON.stringify(text)}`);
  }
}

/** Some, all and none of the fields are told another scanner, which has the bytes elsewhere and answers the same. */
function checkTold(scanner: EventScanner, slots: FieldSlots, bytes: TextBytes, document: JsonObject): void {
  const taker = takerOf(slots);
  const paths = slots.paths();
  for (const shared of [
    paths,
    paths.filter((_, i) => i % 2 === 0),
    paths.filter((_, i) => i % 3 === 1),
    [],
  ]) {
    scanner.share(shared);
    taker.share(shared);
    const places = new Int32Array(scanner.placesLengthMax + 1);
    const end = scanner.tellPlaces(places, 1);
    taker.takePlaces(bytes, 0, bytes.length, scanner.hasNonAscii, places, 1, end);
    checkFields(taker, slots, document);
    checkWhole(taker, slots, document);
    expectSame("text of what was told", taker.text(), scanner.text());
  }
}

/** One for each table, since to make one takes its time. */
const takers = new WeakMap<FieldSlots, EventScanner>();

function takerOf(slots: FieldSlots): EventScanner {
  const known = takers.get(slots);
  if (known !== undefined) return known;
  const taker = new EventScanner(slots);
  takers.set(slots, taker);
  return taker;
}

function checkFields(scanner: EventScanner, slots: FieldSlots, document: JsonObject): void {
  const event = new ParsedEvent(document, slots);
  for (let slot = 0; slot < slots.size; slot++) {
    const name = `${slots.lookup(slot).keys[0]?.at(-1)} as ${slots.reading(slot)}`;
    const values = scanner.values(slot);
    expectSame(`values of ${name}`, values, event.values(slot));
    expectSame(`values of ${name} the second time`, scanner.values(slot) === values, true);
    expectSame(`exists ${name}`, scanner.exists(slot), event.exists(slot));
  }
  for (let from = 0; from < slots.topNameCount; from += 32)
    expectSame(`names at the top from ${from} on`, scanner.topNames(from), event.topNames(from));
}

/** What the scanner parses the whole document for. */
function checkWhole(scanner: EventScanner, slots: FieldSlots, document: JsonObject): void {
  const inner = new FieldSlots();
  const slot = inner.slot("b", "keyword");
  const nested = (view: EventView, path: string) =>
    view.nested(path, inner).map((object) => object.values(slot));
  const own = inner.slot(itself, "scalar");
  const elements = (view: EventView, path: string) =>
    view.elements(path, inner).map((object) => [object.values(slot), object.values(own)]);
  const event = new ParsedEvent(document, slots);
  expectSame("document", scanner.document, document);
  expectSame("leaf paths", scanner.leafPaths(), event.leafPaths());
  for (const path of ["a", "a.b", "c"]) {
    expectSame(`read ${path}`, scanner.read(path, "scalar"), event.read(path, "scalar"));
    expectSame(`nested ${path}`, nested(scanner, path), nested(event, path));
    expectSame(`elements of ${path}`, elements(scanner, path), elements(event, path));
  }
}

/** The object that a text is; undefined for what is no event. */
function documentIn(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return isJsonObject(value) && isWithinDepth(value, 1) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isWithinDepth(value: Json | undefined, depth: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (depth > depthMax) return false;
  return Object.values(value).every((item) => isWithinDepth(item, depth + 1));
}

function expectSame(what: string, found: unknown, expected: unknown): void {
  const shown = [found, expected].map((value) => JSON.stringify(value, exactly));
  if (shown[0] !== shown[1]) throw new Error(`${what}: ${shown[0]} instead of ${shown[1]}`);
}

/** JSON has no way to write these numbers. */
function exactly(_: string, value: unknown): unknown {
  return Object.is(value, -0) || value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY
    ? `number ${Object.is(value, -0) ? "-0" : value}`
    : value;
}
