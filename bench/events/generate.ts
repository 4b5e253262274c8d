import type { JsonObject } from "@tallyman/ecs";
import { cloudtrail } from "./cloudtrail.ts";
import { linuxFile } from "./linux-file.ts";
import { linuxNetwork } from "./linux-network.ts";
import { linuxProcess } from "./linux-process.ts";
import { windowsProcess } from "./windows-process.ts";
import { windowsRegistry } from "./windows-registry.ts";
import { World } from "./world.ts";

/** The kinds of event, with how many of a hundred of the mix are of each. */
const kinds = {
  "linux-process": { share: 45, make: linuxProcess },
  "linux-network": { share: 15, make: linuxNetwork },
  "linux-file": { share: 12, make: linuxFile },
  "windows-process": { share: 14, make: windowsProcess },
  "windows-registry": { share: 4, make: windowsRegistry },
  cloudtrail: { share: 10, make: cloudtrail },
} as const satisfies Record<string, { share: number; make: (world: World) => JsonObject }>;

export type EventType = keyof typeof kinds;

export const eventTypes = Object.keys(kinds) as readonly EventType[];

export interface GeneratedEvent {
  readonly type: EventType;
  readonly document: JsonObject;
}

/** How far apart in time two events are at most, in milliseconds; at least they are one, so that time alone orders them. */
const pauseMsMax = 80;

/**
 * Events of a fleet of hosts and a cloud account, in the order of their time, of all types or of one. Shapes, sizes and mix are those of
 * Elastic's integrations; the values are made up. The same seed gives the same events.
 */
export function* generateEvents(
  count: number,
  seed: number,
  only?: EventType | undefined,
): Generator<GeneratedEvent> {
  const world = new World(seed);
  for (let i = 0; i < count; i++) {
    world.nowMs += 1 + world.random.below(pauseMsMax);
    const type = only ?? typeAt(world.random.below(100));
    yield { type, document: kinds[type].make(world) };
  }
}

/** The type at a place of the hundred. */
function typeAt(place: number): EventType {
  let end = 0;
  for (const type of eventTypes) {
    end += kinds[type].share;
    if (place < end) return type;
  }
  throw new Error("The shares are less than a hundred");
}
