import { isJsonObject, type Json, type JsonObject } from "@tallyman/ecs";
import { counted } from "../output/quantity.ts";
import type { SpooledAlert } from "../spool/spooled-alert.ts";
import { deliverInHalves } from "./deliver-in-halves.ts";
import type { Delivery, Destination, RefusedAlert } from "./destination.ts";
import { type HttpTarget, httpPost, withoutSecrets } from "./http-post.ts";

/**
 * Writes alerts to an index of Elasticsearch or OpenSearch with its bulk API, each under its own id with `create`: what is there already is refused with
 * 409, which is success, so that nothing is ever stored twice. A later state of an alert takes its place with `index`, which data streams refuse.
 *
 * @param target Of the cluster; `_bulk` is appended to its path.
 */
export function openElasticsearch(target: HttpTarget, index: string): Destination {
  const bulk = { ...target, url: bulkUrl(target.url) };
  return {
    deliver: (alerts, signal) =>
      deliverInHalves(alerts, async (part) => {
        const body = { type: "application/x-ndjson", text: bodyOf(part, index) };
        const answer = await httpPost(bulk, body, signal);
        return answer.kind === "ok"
          ? readItems(answer.text, part, (words) => withoutSecrets(words, bulk))
          : answer;
      }),
    close: async () => {},
  };
}

function bulkUrl(url: string): string {
  const parsed = new URL(url);
  parsed.pathname = `${parsed.pathname.replace(/\/$/, "")}/_bulk`;
  // Only what failed and what became of each item.
  parsed.searchParams.set("filter_path", "errors,items.*.status,items.*.error.type,items.*.error.reason");
  return parsed.href;
}

function bodyOf(alerts: readonly SpooledAlert[], index: string): string {
  return alerts
    .map(
      (alert) =>
        `${JSON.stringify({ [actionFor(alert)]: { _index: index, _id: alert.id } })}\n${alert.json}\n`,
    )
    .join("");
}

function actionFor({ isUpdate }: SpooledAlert): "create" | "index" {
  return isUpdate ? "index" : "create";
}

function readItems(
  text: string,
  alerts: readonly SpooledAlert[],
  clean: (words: string) => string,
): Delivery {
  const items = itemsOf(text);
  if (items === undefined || items.length !== alerts.length) {
    return { kind: "later", reason: "the server's answer is not that of a bulk request" };
  }
  const left: SpooledAlert[] = [];
  const refused: RefusedAlert[] = [];
  let reason = "";
  for (const [i, alert] of alerts.entries()) {
    const item = resultOf(items[i], actionFor(alert));
    const status = item?.["status"];
    if (typeof status === "number" && ((status >= 200 && status < 300) || status === 409)) continue;
    const words = clean(`${status ?? "no status"}${errorOf(item)}`);
    if (typeof status === "number" && status >= 400 && status < 500 && !isAboutAccess(status)) {
      refused.push({ alert, reason: words });
    } else {
      left.push(alert);
      reason = words;
    }
  }
  if (left.length === 0) return { kind: "done", refused };
  return {
    kind: "later",
    reason: `the cluster did not take ${counted(left.length, "alert")}: ${reason}`,
    left,
    refused,
  };
}

/** Too many requests, and what an administrator can allow, or make. */
function isAboutAccess(status: number): boolean {
  return status === 401 || status === 403 || status === 404 || status === 429;
}

function itemsOf(text: string): readonly Json[] | undefined {
  try {
    const answer = JSON.parse(text) as Json;
    const items = isJsonObject(answer) ? answer["items"] : undefined;
    return Array.isArray(items) ? items : undefined;
  } catch {
    return undefined;
  }
}

function resultOf(item: Json | undefined, action: string): JsonObject | undefined {
  const result = isJsonObject(item) ? item[action] : undefined;
  return isJsonObject(result) ? result : undefined;
}

function errorOf(item: JsonObject | undefined): string {
  const error = item?.["error"];
  if (!isJsonObject(error)) return "";
  return ` ${String(error["type"] ?? "")}: ${String(error["reason"] ?? "").slice(0, 300)}`;
}
