import { isJsonObject, type Json } from "@tallyman/ecs";
import { type Draft, grant, type Wish } from "../../../bench/plain/wishes.ts";
import type { Random } from "../../random.ts";

/** Changes one thing somewhere in a document; the time by which events are ordered stays. */
export function mutate(document: Draft, random: Random, wishes: () => readonly Wish[]): void {
  const places = placesIn(document).filter(({ key }) => key !== "@timestamp");
  if (places.length === 0) return;
  random.pick(mutations)(places, random, wishes, document);
}

/** Where a value stands. */
interface Place {
  readonly object: Draft;
  readonly key: string;
}

type Mutation = (
  places: readonly Place[],
  random: Random,
  wishes: () => readonly Wish[],
  document: Draft,
) => void;

const mutations: readonly Mutation[] = [
  function swapValues(places, random) {
    const [one, other] = [random.pick(places), random.pick(places)];
    // One may stand in the other.
    const [mine, yours] = [copyOf(read(one)), copyOf(read(other))];
    write(one, yours);
    write(other, mine);
  },
  function removeField(places, random) {
    const { key, object } = random.pick(places);
    delete object[key];
  },
  function removeValue(places, random) {
    write(random.pick(places), random.pick<Json>([null, [], {}, "", [null]]));
  },
  function makeArray(places, random) {
    const place = random.pick(places);
    const other = copyOf(read(random.pick(places)));
    const value = read(place);
    write(place, random.pick<Json>([[value], [other, value], [[value], other], [{ x: other }, value]]));
  },
  function changeCase(places, random) {
    const texts = places.filter((place) => typeof read(place) === "string");
    for (let i = 0; i < 3 && texts.length > 0; i++) {
      const place = random.pick(texts);
      const text = String(read(place));
      write(place, random.chance(0.5) ? text.toUpperCase() : text.toLowerCase());
    }
  },
  function changeType(places, random) {
    const place = random.pick(places);
    const value = read(place);
    if (typeof value === "string")
      write(place, random.pick<Json>([Number(value) || 0, value === "true", { text: value }]));
    else if (typeof value === "number" || typeof value === "boolean") write(place, String(value));
  },
  function writeDotted(places, random, _wishes, document) {
    const objects = places.filter((place) => isJsonObject(read(place)));
    if (objects.length === 0) return;
    const { key, object } = random.pick(objects);
    for (const [name, value] of Object.entries(object[key] as Draft)) object[`${key}.${name}`] = value;
    // Sometimes the field is written both ways.
    if (random.chance(0.7)) delete object[key];
    else document[key] ??= object[key];
  },
  function grantOneWish(_places, random, wishes, document) {
    const found = wishes();
    if (found.length > 0) grant(random.pick(found), document);
  },
];

function read({ key, object }: Place): Json {
  return object[key] ?? null;
}

function write({ key, object }: Place, value: Json): void {
  object[key] = value;
}

function copyOf(value: Json): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

/** Every field at and below an object, in arrays too. */
function placesIn(object: Draft): readonly Place[] {
  const places: Place[] = [];
  const visit = (value: Json | undefined): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (isJsonObject(value)) {
      for (const key of Object.keys(value)) {
        places.push({ object: value as Draft, key });
        visit(value[key]);
      }
    }
  };
  visit(object);
  return places;
}
