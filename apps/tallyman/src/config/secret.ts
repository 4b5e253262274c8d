/** A text that may hold secrets, and what can be shown in its place. */
export interface Secret {
  readonly value: string;
  readonly shown: string;
}

/** Stands for a secret that is written out in the file. */
export const masked = "********";

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Puts environment variables in place of `${NAME}`; `$$` is a dollar sign. Gives the names of those that are not set instead, of which an empty one
 * counts as one: nobody means a password to be empty.
 */
export function expandVariables(
  text: string,
  environment: Environment,
): { readonly value: string } | { readonly missing: readonly string[] } {
  const missing: string[] = [];
  const value = text.replace(/\$(?:\$|\{([A-Za-z_][A-Za-z0-9_]*)\})/g, (whole, name: string | undefined) => {
    if (name === undefined) return "$";
    const found = environment[name];
    if (found === undefined || found === "") missing.push(name);
    return found ?? whole;
  });
  return missing.length > 0 ? { missing } : { value };
}

/** How a text that may hold secrets is shown: its variables by their names, and of the rest only how it is sent and to whom. */
export function shownText(text: string): string {
  if (!hasVariables(text)) return masked;
  const [start] = /^(?:(?:Basic|Bearer|ApiKey|Token) |https?:\/\/[\w.:-]*\/?)?/.exec(text) ?? [""];
  const parts = text.slice(start.length).split(/(\$\{[A-Za-z_][A-Za-z0-9_]*\})/);
  return start + parts.map((part, i) => (i % 2 === 1 || !/\w/.test(part) ? part : masked)).join("");
}

/** True when a text takes something from the environment. */
export function hasVariables(text: string): boolean {
  return /(?<!\$)(?:\$\$)*\$\{[A-Za-z_][A-Za-z0-9_]*\}/.test(text);
}
