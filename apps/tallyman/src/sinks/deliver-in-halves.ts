import type { SpooledAlert } from "../spool/spooled-alert.ts";
import type { Delivery, RefusedAlert } from "./destination.ts";

/** The receiver takes nothing of what was sent together, because of something in it, or because it is too much. */
export interface RefusedTogether {
  readonly kind: "refused";
  readonly reason: string;
}

/**
 * Delivers alerts together. When they are refused together they are sent in halves, down to the single alert that is at fault, so that one bad or large
 * alert does not keep back the others.
 */
export async function deliverInHalves(
  alerts: readonly SpooledAlert[],
  send: (alerts: readonly SpooledAlert[]) => Promise<Delivery | RefusedTogether>,
): Promise<Delivery> {
  const refused: RefusedAlert[] = [];
  // The next to be sent comes last.
  const parts: (readonly SpooledAlert[])[] = [alerts];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const result = await send(part);
    if (result.kind === "refused") {
      const [first] = part;
      const middle = Math.ceil(part.length / 2);
      if (part.length > 1) parts.push(part.slice(middle), part.slice(0, middle));
      else if (first !== undefined) refused.push({ alert: first, reason: result.reason });
      continue;
    }
    refused.push(...(result.refused ?? []));
    if (result.kind === "later") {
      const left = [result.left ?? part, ...parts.reverse()].flat();
      return { ...result, left, refused };
    }
  }
  return { kind: "done", refused };
}
