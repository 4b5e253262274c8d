import { itself } from "@tallyman/ecs";
import { visible } from "../diagnostics/visible.ts";
import type { FieldOwner } from "./field-reference.ts";

/** A field as a query names it. */
export function fieldName(path: string, owner: FieldOwner | undefined): string {
  const name = visible(path);
  if (owner === undefined) return name;
  const start = visible(owner.kind === "element" ? `$${owner.name}` : owner.name);
  return path === itself ? start : `${start}.${name}`;
}
