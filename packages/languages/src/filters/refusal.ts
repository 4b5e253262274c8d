import type { Expression } from "../expression/expression.ts";

/** Why a clause cannot be said as an expression: one sentence. */
export interface Refusal {
  readonly kind: "refused";
  readonly message: string;
}

/** What a clause means, or why it is refused. */
export type LoweredClause = Expression | Refusal;

export function refuse(message: string): Refusal {
  return { kind: "refused", message };
}
