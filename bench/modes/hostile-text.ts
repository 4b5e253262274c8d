import { ecsCatalogue, type JsonObject, ParsedEvent } from "@tallyman/ecs";
import type { Rule } from "@tallyman/rules";
import { Random } from "../../tools/random.ts";
import { type PlainCondition, PlainEvaluation } from "../plain/plain-evaluation.ts";
import { type Draft, grant, wishesOf } from "../plain/wishes.ts";
import { singleConditions } from "../rules/single-conditions.ts";

/** How long a text is that an attacker chooses. */
const textLength = 64 * 1024;

/** Of so many turns the shortest counts: the first ones run code that is not compiled yet, or share the machine. */
const turns = 3;

/** What the slowest condition on the slowest text took, in milliseconds of processor time. */
export interface WorstCase {
  readonly ms: number;
  readonly rule: string;
  /** How the text was made. */
  readonly text: string;
}

/**
 * Asks each condition of the rules by itself about texts of 64 KB that are made to be hard for it. The texts stand in every field that it tests,
 * while its other fields have what it wishes for, so that it gets as far as to look at them. Times include reading the fields.
 */
export function measureHostileText(rules: readonly Rule[]): WorstCase {
  const plain = new PlainEvaluation(singleConditions(rules), ecsCatalogue());
  const random = new Random(1);
  let worst: WorstCase = { ms: 0, rule: "", text: "" };
  for (const condition of plain.conditions) {
    for (const [text, document] of hostileDocuments(condition, random)) {
      const ms = shortestTurn(() => condition.program.matches(new ParsedEvent(document, plain.slots), 0));
      if (ms > worst.ms) worst = { ms, rule: `${condition.rule.name} (${condition.rule.rule_id})`, text };
    }
  }
  return worst;
}

type TextMaker = (wished: string) => string | readonly string[];

/** What text that fulfils a condition is made into. */
const texts: Readonly<Record<string, TextMaker>> = {
  "one letter": () => "a".repeat(textLength),
  "words of one letter": () => repeated("a "),
  "letters beyond ASCII": () => repeated("İé"),
  "what matches, again and again": (wished) => repeated(wished),
  "what matches but for its end": (wished) => repeated(wished.slice(0, -1)),
  "what matches but for its beginning": (wished) => repeated(wished.slice(1)),
  "its first letter": (wished) => repeated(wished.slice(0, 1)),
  "an array of one letter": () => new Array<string>(textLength / 4).fill("a"),
};

function* hostileDocuments(
  condition: PlainCondition,
  random: Random,
): Generator<readonly [string, JsonObject]> {
  const wishes = wishesOf(condition.expression, random);
  const isText = wishes.map(({ value }) => typeof value === "string");
  // A test of the event's kind comes first in nearly all conditions, and is not what text is matched against.
  const isHostile = wishes.map(
    ({ path }, i) => isText[i] === true && !/^(event|host\.os|data_stream)\./.test(path),
  );
  if (!isHostile.includes(true)) return;
  for (const [name, make] of Object.entries(texts)) {
    const document: Draft = {};
    for (const [i, { path, value }] of wishes.entries()) {
      grant({ path, value: isHostile[i] ? make(String(value)) : value }, document);
    }
    yield [name, document];
  }
}

function repeated(text: string): string {
  return text === "" ? "" : text.repeat(Math.ceil(textLength / text.length)).slice(0, textLength);
}

function shortestTurn(work: () => void): number {
  let shortest = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < turns; turn++) {
    const from = process.cpuUsage();
    work();
    const { system, user } = process.cpuUsage(from);
    shortest = Math.min(shortest, (user + system) / 1000);
  }
  return shortest;
}
