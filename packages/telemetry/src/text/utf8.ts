const replacement = 0xfffd;

/** The text of UTF-8 bytes. What is none reads as U+FFFD, as the Encoding Standard replaces it. */
export function textOfUtf8(bytes: readonly number[] | Uint8Array): string {
  let text = "";
  let units: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at] as number;
    const length = lead < 0x80 ? 1 : sequenceLength(bytes, at);
    const point = length > 0 ? pointOf(bytes, at, length) : replacement;
    if (point < 0x10000) units.push(point);
    else units.push(0xd800 + ((point - 0x10000) >> 10), 0xdc00 + (point & 0x3ff));
    at += length > 0 ? length : -length;
    // As many as one call may have arguments, with room.
    if (units.length < 4096) continue;
    text += String.fromCharCode(...units);
    units = [];
  }
  return text + String.fromCharCode(...units);
}

/** How many bytes a sequence has; negative, how many of them are one fault, when it is none. */
function sequenceLength(bytes: readonly number[] | Uint8Array, at: number): number {
  const lead = bytes[at] as number;
  const length =
    lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
  if (length === 0) return -1;
  for (let i = 1; i < length; i++) {
    const [low, high] = i === 1 ? secondBytes(lead) : [0x80, 0xbf];
    const byte = bytes[at + i];
    if (byte === undefined || byte < low || byte > high) return -i;
  }
  return length;
}

/** What may follow a first byte: overlong forms, surrogates and what lies beyond U+10FFFF may not. */
function secondBytes(lead: number): readonly [number, number] {
  if (lead === 0xe0) return [0xa0, 0xbf];
  if (lead === 0xed) return [0x80, 0x9f];
  if (lead === 0xf0) return [0x90, 0xbf];
  if (lead === 0xf4) return [0x80, 0x8f];
  return [0x80, 0xbf];
}

function pointOf(bytes: readonly number[] | Uint8Array, at: number, length: number): number {
  let point = (bytes[at] as number) & (length === 1 ? 0x7f : 0xff >> (length + 1));
  for (let i = 1; i < length; i++) point = (point << 6) | ((bytes[at + i] as number) & 0x3f);
  return point;
}
