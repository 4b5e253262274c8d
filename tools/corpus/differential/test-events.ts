import type { JsonObject } from "@tallyman/ecs";
import type { IncomingEvent } from "@tallyman/engine";
import { generateEvents } from "../../../bench/events/generate.ts";
import type { PlainCondition } from "../../../bench/plain/plain-evaluation.ts";
import { type Draft, grant, wishesOf } from "../../../bench/plain/wishes.ts";
import { Random } from "../../random.ts";
import type { ConditionNeeds } from "./condition-needs.ts";
import { mutate } from "./mutate-document.ts";

/** An event whose document is at hand. */
export interface TestEvent extends IncomingEvent {
  readonly document: JsonObject;
}

/** How many of the events are as the generator makes them. */
const unchanged = 0.25;

/** How many of the others are given what some condition wants. */
const aimed = 0.75;

/**
 * Generated events, most of them changed: values swapped, taken away, put into arrays, of other types and case, under dotted names; and made to
 * fulfil a condition, which nearly all rules would otherwise never see. Each has an id, its number; the same seed gives the same events.
 */
export function* testEvents(
  count: number,
  seed: number,
  conditions: readonly PlainCondition[],
  needs: ReadonlyMap<string, ConditionNeeds>,
): Generator<TestEvent> {
  const random = new Random(seed);
  // In turn rather than by chance, so that each condition has its event.
  let next = random.below(conditions.length);
  // Some wants several events in a row.
  let left = 0;
  let number = 0;
  for (const { document } of generateEvents(count, seed)) {
    const id = String(number++);
    const draft = JSON.parse(JSON.stringify(document)) as Draft;
    if (left === 0 && random.chance(unchanged)) {
      yield { document: draft, id };
      continue;
    }
    const condition = conditions[next % conditions.length] as PlainCondition;
    const needed = needs.get(condition.rule.rule_id);
    if (left === 0) left = needed?.times ?? 1;
    left -= 1;
    if (left === 0) next += 1;
    yield change(draft, id, condition, needed, random);
  }
}

function change(
  draft: Draft,
  id: string,
  condition: PlainCondition,
  needed: ConditionNeeds | undefined,
  random: Random,
): TestEvent {
  // Another time would put the event at another place.
  const wishes = () => wishesOf(condition.expression, random).filter(({ path }) => path !== "@timestamp");
  const isAimed = random.chance(aimed);
  // In an event with little else less contradicts what is wished.
  const document = isAimed && random.chance(0.6) ? pick(draft, ["@timestamp", "event", "host"]) : draft;
  if (isAimed) for (const wish of [...wishes(), ...(needed?.wishes(random) ?? [])]) grant(wish, document);
  // Of several in a row not each is to be broken.
  const mutations =
    needed !== undefined && random.chance(0.8) ? 0 : isAimed ? random.below(3) : 1 + random.below(4);
  for (let i = 0; i < mutations; i++) mutate(document, random, wishes);
  const index = isAimed ? indexFor(condition, random) : undefined;
  return index === undefined ? { document, id } : { document, id, index };
}

function pick(draft: Draft, names: readonly string[]): Draft {
  return Object.fromEntries(names.map((name) => [name, draft[name]]));
}

/** An index that a condition's rule selects. */
function indexFor({ rule, selects }: PlainCondition, random: Random): string | undefined {
  const pattern = random.pick(rule.index ?? ["logs-any"]);
  const index = pattern.replaceAll("*", "x");
  return selects(index) ? index : undefined;
}
