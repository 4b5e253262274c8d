import { createHash } from "node:crypto";
import type { SpooledAlert } from "../spool/spooled-alert.ts";
import { deliverInHalves } from "./deliver-in-halves.ts";
import { type Destination, delivered } from "./destination.ts";
import { type HttpTarget, httpPost } from "./http-post.ts";

/** How a webhook gets its alerts: as one JSON array, or as lines of JSON. */
export type WebhookFormat = "json" | "ndjson";

/**
 * Posts alert documents to an HTTP server. The header `Idempotency-Key` is the same whenever the same alerts are sent, so that a server which took them
 * when the answer got lost can tell.
 */
export function openWebhook(target: HttpTarget, format: WebhookFormat): Destination {
  return {
    deliver: (alerts, signal) =>
      deliverInHalves(alerts, async (part) => {
        const body = { ...bodyOf(part, format), headers: { "Idempotency-Key": keyOf(part) } };
        const answer = await httpPost(target, body, signal);
        return answer.kind === "ok" ? delivered : answer;
      }),
    close: async () => {},
  };
}

function bodyOf(alerts: readonly SpooledAlert[], format: WebhookFormat) {
  const documents = alerts.map(({ json }) => json);
  return format === "json"
    ? { type: "application/json", text: `[${documents.join(",\n")}]` }
    : { type: "application/x-ndjson", text: documents.map((json) => `${json}\n`).join("") };
}

function keyOf(alerts: readonly SpooledAlert[]): string {
  const hash = createHash("sha256");
  for (const { key } of alerts) hash.update(`${key}\n`);
  return hash.digest("hex").slice(0, 32);
}
