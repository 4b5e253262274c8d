import type { EventView } from "@tallyman/ecs";

/** What conditions may ask about beside their event, as it stands when the event comes. Each program says what of it it needs. */
export interface Surroundings {
  /** The events of the stages before, by the names that the program was compiled with; undefined where there is none. */
  readonly stages: readonly (EventView | undefined)[];
  /** Whether the relation of that id holds for the process of the event. */
  readonly isRelated: (id: number) => boolean;
}

/** Those of a condition that asks about nothing but its event. */
export const noSurroundings: Surroundings = { stages: [], isRelated: () => false };
