/** The parts of an image's reference: `registry:5000/shop/web:1.4@sha256:…`. */
export interface ImageReference {
  readonly name: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** Splits a reference; undefined for a bare digest or id, which names no image. Source: the grammar in distribution/reference. */
export function imageReference(text: string): ImageReference | undefined {
  const at = text.indexOf("@");
  const named = at < 0 ? text : text.slice(0, at);
  if (named === "" || named === "sha256" || named.startsWith("sha256:") || /^[0-9a-f]{64}$/.test(named))
    return undefined;
  // A colon before a slash is a port's.
  const colon = named.lastIndexOf(":");
  const hasTag = colon > named.lastIndexOf("/");
  return {
    name: hasTag ? named.slice(0, colon) : named,
    ...(hasTag && { tag: named.slice(colon + 1) }),
    ...(at >= 0 && { digest: text.slice(at + 1) }),
  };
}
