/**
 * The index of the first character at which a text stops being JSON, which is its length when it ends too early; undefined when
 * it is JSON. `JSON.parse` says no more than that there is a fault, in words that change with its version and quote the text.
 *
 * @param text At most as deep as the stack allows: its depth must have been checked before.
 */
export function findJsonFault(text: string): number | undefined {
  let at = 0;

  /** Moves past a value and white space around it; false at a fault. */
  function value(): boolean {
    blanks();
    const isValue = oneValue();
    if (isValue) blanks();
    return isValue;
  }

  function oneValue(): boolean {
    switch (text[at]) {
      case "{":
        return items("}", member);
      case "[":
        return items("]", value);
      case '"':
        return string();
      case "t":
        return word("true");
      case "f":
        return word("false");
      case "n":
        return word("null");
      default:
        return number();
    }
  }

  /** Moves past brackets and the items between them. */
  function items(close: string, item: () => boolean): boolean {
    at += 1;
    blanks();
    if (character(close)) return true;
    while (item()) {
      if (character(close)) return true;
      if (!character(",")) return false;
    }
    return false;
  }

  function member(): boolean {
    blanks();
    if (!string()) return false;
    blanks();
    return character(":") && value();
  }

  function string(): boolean {
    if (!character('"')) return false;
    for (; at < text.length; at++) {
      const c = text.charCodeAt(at);
      if (c === 0x22) {
        at += 1;
        return true;
      }
      if (c < 0x20) return false;
      if (c === 0x5c && !escapeSequence()) return false;
    }
    return false;
  }

  /** Moves to the last character of an escape. */
  function escapeSequence(): boolean {
    at += 1;
    if (text[at] !== "u") return at < text.length && '"\\/bfnrt'.includes(text[at] as string);
    for (let digit = 0; digit < 4; digit++) {
      at += 1;
      if (!/^[0-9a-fA-F]$/.test(text[at] ?? "")) return false;
    }
    return true;
  }

  function number(): boolean {
    character("-");
    if (!character("0") && !digits()) return false;
    if (character(".") && !digits()) return false;
    if (!character("e") && !character("E")) return true;
    if (!character("+")) character("-");
    return digits();
  }

  function digits(): boolean {
    const start = at;
    while (text.charCodeAt(at) >= 0x30 && text.charCodeAt(at) <= 0x39) at += 1;
    return at > start;
  }

  function word(expected: string): boolean {
    for (const c of expected) if (!character(c)) return false;
    return true;
  }

  function character(expected: string): boolean {
    if (text[at] !== expected) return false;
    at += 1;
    return true;
  }

  function blanks(): void {
    while (text[at] === " " || text[at] === "\n" || text[at] === "\r" || text[at] === "\t") at += 1;
  }

  return value() && at === text.length ? undefined : at;
}
