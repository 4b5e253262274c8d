import type { EventView, FieldCatalogue, FieldSlots } from "@tallyman/ecs";
import {
  type CheckedExpression,
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
  DiagnosticsPerFile,
  type ExceptionItem,
  type LoadedExceptions,
  type Rule,
  ruleFacts,
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

/** Compiles exceptions. Rules that have the same share their programs. */
export class CompiledExceptions {
  readonly diagnostics: readonly LocatedDiagnostic[];
  readonly #slots: FieldSlots;
  readonly #assigned: AssignedExceptions;
  /** What each of those without an error means, in the order of the files. */
  readonly #meanings = new Map<ExceptionItem, CheckedExpression>();
  readonly #numbers = new Map<ExceptionItem, number>();
  readonly #programs = new Map<string, readonly Program[]>();

  constructor(
    rules: readonly Rule[],
    loaded: LoadedExceptions,
    catalogue: FieldCatalogue,
    slots: FieldSlots,
  ) {
    this.#slots = slots;
    this.#assigned = assignExceptions(rules, loaded);
    const reported = new DiagnosticsPerFile();
    reported.add(...this.#assigned.diagnostics);
    const factsOf = ruleFacts(catalogue);
    const nameless = withoutNames(catalogue);
    for (const item of loaded.items) {
      const { source } = item;
      const { diagnostics, expression, outline } = lowerException(item, loaded.valueLists, catalogue);
      const checked = expression && check(expression, reported.isFull(source) ? nameless : catalogue);
      const found = [...diagnostics, ...(checked?.diagnostics ?? [])];
      reported.add(...found.map((each) => ({ ...each, source })));
      if (checked === undefined || found.some(({ severity }) => severity === "error")) continue;
      reported.add(...checkException(item, outline, this.#assigned.rulesOf(item), catalogue, factsOf));
      this.#numbers.set(item, this.#numbers.size);
      this.#meanings.set(item, checked.expression);
    }
    this.diagnostics = [...loaded.diagnostics, ...reported.all()];
  }

  of(rule: Rule): RuleExceptions {
    const { everywhere, itemsOf } = this.#assigned;
    const groups = [everywhere, itemsOf(rule)].map((items) =>
      items.filter((item) => this.#meanings.has(item)),
    );
    const size = groups.reduce((sum, items) => sum + items.length, 0);
    if (size === 0) return noExceptions;
    return new ExceptionPrograms(
      groups.flatMap((items) => this.#programsOf(items)),
      size,
    );
  }

  /** One program for all that do not expire, since a list of values is quicker than as many conditions; and one for each of the others. */
  #programsOf(items: readonly ExceptionItem[]): readonly Program[] {
    const key = items.map((item) => this.#numbers.get(item)).join();
    let programs = this.#programs.get(key);
    if (programs === undefined) {
      const meaningOf = (item: ExceptionItem) => this.#meanings.get(item) as CheckedExpression;
      const lasting = items.filter(({ expireMs }) => expireMs === undefined).map(meaningOf);
      programs = [
        ...(lasting.length === 0 ? [] : [this.#compile({ kind: "or", operands: lasting })]),
        ...items.flatMap((item) =>
          item.expireMs === undefined ? [] : untilExpired(this.#compile(meaningOf(item)), item.expireMs),
        ),
      ];
      this.#programs.set(key, programs);
    }
    return programs;
  }

  #compile(expression: CheckedExpression): Program {
    return compile(fold(expression), this.#slots);
  }
}

/** The same catalogue where no name is to be guessed at, which takes longer than everything else. */
function withoutNames(catalogue: FieldCatalogue): FieldCatalogue {
  return {
    find: (path) => catalogue.find(path),
    multiFields: (path) => catalogue.multiFields(path),
    names: () => [],
    with: (types) => catalogue.with(types),
  };
}

/** An exception counts up to the moment when it expires, and at that moment. */
function untilExpired(program: Program, expireMs: number): Program {
  return { matches: (event, nowMs) => nowMs <= expireMs && program.matches(event, nowMs) };
}

const noExceptions: RuleExceptions = { takeOut: () => false, excepted: 0, size: 0 };

class ExceptionPrograms implements RuleExceptions {
  excepted = 0;
  readonly size: number;
  readonly #programs: readonly Program[];

  constructor(programs: readonly Program[], size: number) {
    this.#programs = programs;
    this.size = size;
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
