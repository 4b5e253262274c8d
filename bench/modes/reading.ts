import { EventScanner, ecsCatalogue, FieldSlots, ParsedEvent, type TextBytes } from "@tallyman/ecs";
import { prepareRules } from "@tallyman/engine";
import type { Rule } from "@tallyman/rules";
import type { LineWork } from "./each-line.ts";

/** What everything else is measured by: each line becomes a string, is parsed and dropped. */
export function parseLines(): LineWork {
  return (bytes, start, end) => {
    JSON.parse(bytes.utf8Slice(start, end));
  };
}

/** What rules ask most events for. */
const commonFields = [
  "@timestamp",
  "event.category",
  "event.type",
  "event.action",
  "event.outcome",
  "data_stream.dataset",
  "host.os.type",
  "host.id",
  "agent.id",
  "user.id",
  "user.name",
  "process.name",
  "process.executable",
  "process.args",
  "process.command_line",
  "process.entity_id",
  "process.parent.name",
  "process.parent.executable",
  "destination.ip",
  "file.path",
];

/** Reads twenty fields of each event. */
export function readFields(): LineWork {
  const slots = new FieldSlots();
  const wanted = commonFields.map((path) => slots.slot(path, "keyword"));
  const scanner = new EventScanner(slots);
  let found = 0;
  return (bytes, start, end) => {
    const event = scanOrParse(scanner, slots, bytes, start, end);
    for (let i = 0; i < wanted.length; i++)
      found += event.values(wanted[i] as (typeof wanted)[number]).length;
    if (found < 0) throw new Error("Only here so that nothing is optimised away");
  };
}

/** Finds in each event the fields that the rules name, as the engine does before it looks at any. */
export function findFields(rules: readonly Rule[]): LineWork {
  const slots = new FieldSlots();
  prepareRules(rules, ecsCatalogue(), slots);
  const scanner = new EventScanner(slots);
  return (bytes, start, end) => {
    scanOrParse(scanner, slots, bytes, start, end);
  };
}

function scanOrParse(scanner: EventScanner, slots: FieldSlots, bytes: TextBytes, start: number, end: number) {
  if (scanner.scan(bytes, start, end)) return scanner;
  return new ParsedEvent(JSON.parse(bytes.utf8Slice(start, end)), slots);
}
