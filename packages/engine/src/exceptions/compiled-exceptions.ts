import type { EventView, FieldCatalogue, FieldSlots } from "@tallyman/ecs";
import {
  check,
  compile,
  fold,
  type LocatedDiagnostic,
  lowerException,
  type Program,
} from "@tallyman/languages";
import {
  type AssignedExceptions,
  assignExceptions,
  checkException,
  type ExceptionItem,
  type LoadedExceptions,
  type Rule,
} from "@tallyman/rules";

/** The exceptions of one rule. */
export interface RuleExceptions {
  /** Whether an event that fulfils a condition of the rule is one that the rule is not to see. Counts those that are. */
  takeOut(event: EventView, nowMs: number): boolean;
  /** How many events they have taken out, those included that the rule was only to learn from. */
  readonly excepted: number;
  /** How many exceptions there are. */
  readonly size: number;
}

/** Compiles exceptions, each once for all rules that have it. */
export class CompiledExceptions {
  readonly diagnostics: LocatedDiagnostic[] = [];
  readonly #programs = new Map<ExceptionItem, Program>();
  readonly #assigned: AssignedExceptions;

  constructor(
    rules: readonly Rule[],
    loaded: LoadedExceptions,
    catalogue: FieldCatalogue,
    slots: FieldSlots,
  ) {
    this.#assigned = assignExceptions(rules, loaded);
    this.diagnostics.push(...loaded.diagnostics, ...this.#assigned.diagnostics);
    const rulesOf = rulesByItem(rules, this.#assigned);
    for (const item of loaded.items) {
      const lowered = lowerException(item, loaded.valueLists, catalogue);
      const checked = lowered.expression && check(lowered.expression, catalogue);
      for (const found of [...lowered.diagnostics, ...(checked?.diagnostics ?? [])]) {
        this.diagnostics.push({ ...found, source: item.source });
      }
      if (checked === undefined || checked.diagnostics.some(({ severity }) => severity === "error")) continue;
      if (lowered.expression !== undefined)
        this.diagnostics.push(
          ...checkException(item, lowered.expression, rulesOf.get(item) ?? [], catalogue),
        );
      this.#programs.set(item, untilExpired(compile(fold(checked.expression), slots), item.expireMs));
    }
  }

  of(rule: Rule): RuleExceptions {
    const programs = this.#assigned.itemsOf(rule).flatMap((item) => this.#programs.get(item) ?? []);
    return programs.length === 0 ? noExceptions : new ExceptionPrograms(programs);
  }
}

function rulesByItem(
  rules: readonly Rule[],
  assigned: AssignedExceptions,
): ReadonlyMap<ExceptionItem, readonly Rule[]> {
  const rulesOf = new Map<ExceptionItem, Rule[]>();
  for (const rule of rules) {
    for (const item of assigned.itemsOf(rule)) {
      const own = rulesOf.get(item);
      if (own === undefined) rulesOf.set(item, [rule]);
      else own.push(rule);
    }
  }
  return rulesOf;
}

/** An exception counts up to the moment when it expires. */
function untilExpired(program: Program, expireMs: number | undefined): Program {
  if (expireMs === undefined) return program;
  return { matches: (event, nowMs) => nowMs < expireMs && program.matches(event, nowMs) };
}

const noExceptions: RuleExceptions = { takeOut: () => false, excepted: 0, size: 0 };

class ExceptionPrograms implements RuleExceptions {
  excepted = 0;
  readonly #programs: readonly Program[];

  constructor(programs: readonly Program[]) {
    this.#programs = programs;
  }

  get size(): number {
    return this.#programs.length;
  }

  takeOut(event: EventView, nowMs: number): boolean {
    for (const program of this.#programs) {
      if (!program.matches(event, nowMs)) continue;
      this.excepted += 1;
      return true;
    }
    return false;
  }
}
