/** True when brackets in a JSON text stand more than `depthMax` deep. */
export function isDeeperThan(text: string, depthMax: number): boolean {
  // Nearly all texts have too few brackets for it, and finding those costs a fraction of looking at each character.
  return hasMoreBrackets(text, depthMax) && reachesDepth(text, depthMax + 1);
}

function hasMoreBrackets(text: string, countMax: number): boolean {
  let count = 0;
  for (let at = text.indexOf("{"); at >= 0; at = text.indexOf("{", at + 1)) {
    count += 1;
    if (count > countMax) return true;
  }
  for (let at = text.indexOf("["); at >= 0; at = text.indexOf("[", at + 1)) {
    count += 1;
    if (count > countMax) return true;
  }
  return false;
}

function reachesDepth(text: string, depth: number): boolean {
  let open = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // A string: brackets in it do not count.
        at = endOfString(text, at);
        break;
      case 0x7b:
      case 0x5b:
        open += 1;
        if (open === depth) return true;
        break;
      case 0x7d:
      case 0x5d:
        open -= 1;
        break;
    }
  }
  return false;
}

/** The index of the quote that ends a string, or the text's length. */
function endOfString(text: string, openQuote: number): number {
  let at = openQuote + 1;
  while (at < text.length && text.charCodeAt(at) !== 0x22) at += text.charCodeAt(at) === 0x5c ? 2 : 1;
  return at;
}
