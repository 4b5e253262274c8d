import { type JsonObject, readAll } from "@tallyman/ecs";
import type { AlertRating } from "./overrides.ts";

/** Values longer than this are cut: the sentence is for people, the whole value stands in the document. */
const valueLengthMax = 200;

/**
 * The sentence of an alert: what kind of event, with which process, file and addresses, by whom and where. What the event lacks is left
 * out; several values are joined by commas. Source: detection engine, `kibana.alert.reason`.
 */
export function reasonOf(document: JsonObject, rating: AlertRating): string {
  const read = (path: string): string | undefined => {
    const values = readAll(document, path, "keyword").filter((value) => value !== "");
    return values.length === 0 ? undefined : values.slice(0, 10).map(shorten).join(",");
  };
  const details = [
    labelled("process", read("process.name")),
    labelled("parent process", read("process.parent.name")),
    labelled("file", read("file.name")),
    labelled("source", endpoint(read("source.ip"), read("source.port"))),
    labelled("destination", endpoint(read("destination.ip"), read("destination.port"))),
  ].filter((part) => part !== undefined);
  const category = read("event.category");
  const user = read("user.name");
  const host = read("host.name");
  return [
    category === undefined ? "event" : `${category} event`,
    ...(details.length > 0 ? [`with ${details.join(", ")},`] : []),
    ...(user === undefined ? [] : [`by ${user}`]),
    ...(host === undefined ? [] : [`on ${host}`]),
    `created ${rating.severity} alert ${rating.name}.`,
  ].join(" ");
}

function labelled(label: string, value: string | undefined): string | undefined {
  return value === undefined ? undefined : `${label} ${value}`;
}

function endpoint(ip: string | undefined, port: string | undefined): string | undefined {
  return ip === undefined || port === undefined ? ip : `${ip}:${port}`;
}

function shorten(value: string): string {
  return value.length <= valueLengthMax ? value : `${value.slice(0, valueLengthMax)}…`;
}
