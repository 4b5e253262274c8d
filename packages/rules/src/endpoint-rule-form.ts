import { endpointActionKeys, endpointKeysAround } from "./endpoint-rule-keys.ts";
import type { Table } from "./schema/reader.ts";

/** The keys beside the table of an endpoint rule, and the table itself. */
export const endpointTopKeys: readonly string[] = [
  "rule",
  ...Object.keys({ ...endpointActionKeys, ...endpointKeysAround }),
];

/** True for the table of an endpoint rule: it says for which systems and versions it is, and lacks what every other rule has. */
export function isEndpointRule(table: Table): boolean {
  const has = (key: string): boolean => Object.hasOwn(table, key);
  return (has("os_list") || has("min_endpoint_version")) && !has("rule_id") && !has("type");
}
