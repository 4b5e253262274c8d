export { type DateMath, parseDateMath, parseDuration } from "./date-math.ts";
export { ecsCatalogue } from "./ecs-catalogue.ts";
export {
  depthMax,
  type EventView,
  FieldSlots,
  itself,
  ParsedEvent,
  readAll,
  readFirst,
  type Slot,
} from "./event.ts";
export type { Analyzer, Field, FieldCatalogue } from "./field-catalogue.ts";
export { type FieldType, fieldTypes, isAnalysed } from "./field-type.ts";
export { foldCase } from "./fold-case.ts";
export { formatIp, type IpKey, type IpRange, parseCidr, parseIp } from "./ip.ts";
export { isJsonObject, type Json, type JsonObject } from "./json.ts";
export { parseNumber, type Reading, type Readings, type Scalar, tokenReading } from "./reading.ts";
export { EventScanner, type TextBytes } from "./scanner/event-scanner.ts";
export { compareTimestamps, formatTimestamp, parseTimestamp, type Timestamp } from "./timestamp.ts";
export { tokenize } from "./tokens.ts";
