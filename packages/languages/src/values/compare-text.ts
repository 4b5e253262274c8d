/**
 * Orders texts by code point, as Elasticsearch orders keywords (by their UTF-8 bytes). JavaScript's own `<` orders by UTF-16
 * unit, which puts characters beyond U+FFFF before those from U+E000 on.
 */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const xIsHalf = x >= 0xd800 && x < 0xe000;
    const yIsHalf = y >= 0xd800 && y < 0xe000;
    if (xIsHalf !== yIsHalf) return xIsHalf ? 1 : -1;
    return x - y;
  }
  return a.length - b.length;
}
