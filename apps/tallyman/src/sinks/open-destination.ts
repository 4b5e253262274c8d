import { hostname } from "node:os";
import type { JsonObject } from "@tallyman/ecs";
import type { Secret } from "../config/secret.ts";
import type { SinkConfig } from "../config/sink-keys.ts";
import type { Destination } from "./destination.ts";
import { openElasticsearch } from "./elasticsearch.ts";
import { openFileSink } from "./file-sink.ts";
import type { HttpTarget } from "./http-post.ts";
import { openSlack } from "./slack.ts";
import { openSyslog } from "./syslog.ts";
import { openWebhook } from "./webhook.ts";

/** The destination of a sink. Nothing is opened before the first delivery. `memo` is what it had remembered. */
export function openDestination(sink: SinkConfig, memo: JsonObject): Destination {
  switch (sink.type) {
    case "file":
      return openFileSink({ path: sink.path, rotateBytes: sink.rotate_size, keep: sink.keep }, memo);
    case "webhook":
      return openWebhook(targetOf(sink, sink.headers), sink.format);
    case "slack":
      return openSlack(targetOf(sink, {}), sink.channel);
    case "elasticsearch":
      return openElasticsearch(targetOf(sink, { ...credentialsOf(sink), ...sink.headers }), sink.index);
    case "syslog":
      return openSyslog({
        address: sink.address,
        facility: sink.facility,
        hostname: sink.hostname ?? hostname(),
        appName: sink.app_name,
        processId: process.pid,
        messageBytesMax: sink.message_size,
        timeoutMs: sink.timeout,
      });
  }
}

function targetOf(
  sink: { readonly url: Secret; readonly timeout: number },
  headers: Readonly<Record<string, Secret>>,
): HttpTarget {
  return {
    url: sink.url.value,
    headers: Object.fromEntries(Object.entries(headers).map(([name, { value }]) => [name, value])),
    timeoutMs: sink.timeout,
  };
}

function credentialsOf(sink: SinkConfig & { readonly type: "elasticsearch" }): Record<string, Secret> {
  const authorization = (value: string): Record<string, Secret> => ({ Authorization: { value, shown: "" } });
  if (sink.api_key !== undefined) return authorization(`ApiKey ${sink.api_key.value}`);
  if (sink.username === undefined) return {};
  const pair = `${sink.username}:${sink.password?.value ?? ""}`;
  return authorization(`Basic ${Buffer.from(pair).toString("base64")}`);
}
