// Writes made-up events: `npx tsx bench/generate-events.ts COUNT FILE SEED [--type linux-process]`. The same seed gives the same bytes.
import { eventTypes } from "./events/generate.ts";
import { writeEvents } from "./events/write-events.ts";
import { parseFlags, usageError, wholeNumber } from "./flags.ts";

const usage = `npx tsx bench/generate-events.ts COUNT FILE SEED [--type ${eventTypes.join("|")}]`;
const { positionals, values } = parseFlags({ type: { type: "string" } }, usage);
const [count = "", path = "", seed = "", ...rest] = positionals;
if (path === "" || rest.length > 0) usageError(`usage: ${usage}`);
const type = eventTypes.find((name) => name === values.type);
if (values.type !== undefined && type === undefined)
  usageError(`there are no events of type '${values.type}'; there are ${eventTypes.join(", ")}`);

const written = writeEvents(path, wholeNumber(count, "COUNT"), wholeNumber(seed, "SEED"), type);
for (const [name, { bytes, count: events }] of written) {
  process.stdout.write(
    `${name.padEnd(18)}${String(events).padStart(9)} events, ${(bytes / events / 1000).toFixed(2)} KB each\n`,
  );
}
