import { configTables, topKeys } from "./config-keys.ts";
import { sinkKeys } from "./sink-keys.ts";

/** The keys whose values are no secrets. */
const plainKeys = new Set(
  [topKeys, ...Object.values(configTables), ...Object.values(sinkKeys({}))].flatMap((keys) =>
    Object.entries(keys)
      .filter(([, { isSecret }]) => !isSecret)
      .map(([name]) => name),
  ),
);

/**
 * A configuration as it can be shown beside a mistake in it, which may be one that keeps it from being understood: from the first sink on, whatever is not
 * known to be harmless is hidden behind as many asterisks, so that places in it stay. References to variables are shown.
 */
export function withSecretsHidden(text: string): string {
  let isBelow = false;
  return text.replace(/[^\n]+/g, (line) => {
    isBelow ||= /^\s*\[*\s*"?sink/i.test(line);
    if (!isBelow || /^\s*(?:#|\[[\w[\].\s-]*\]\s*$)/.test(line)) return line;
    const [start = "", key = ""] = /^\s*"?([\w-]+)"?\s*=/.exec(line) ?? [];
    return plainKeys.has(key) ? line : start + hidden(line.slice(start.length));
  });
}

function hidden(text: string): string {
  return text.replace(/(\$\{\w+\})|[^\s"'{}[\],=]/g, (character, variable?: string) =>
    variable === undefined ? "*" : character,
  );
}
