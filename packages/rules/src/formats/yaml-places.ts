import type { Span } from "@tallyman/languages";
import { isCollection, isMap, isPair, isScalar, type ParsedNode } from "yaml";
import { addPlace, type GrowingPlace, newPlace, type PlaceNode } from "./places.ts";

/** The places of everything in a YAML document. What an alias stands for has no places of its own: the alias is its place. */
export function locateYaml(contents: ParsedNode | null): PlaceNode {
  return locate(undefined, contents);
}

/** Where a node is written; the beginning of the text when there is none. */
export function spanOfNode(node: ParsedNode | null): Span {
  return node === null ? { start: 0, end: 0 } : { start: node.range[0], end: node.range[1] };
}

function locate(key: Span | undefined, node: ParsedNode | null): GrowingPlace {
  if (!isCollection(node)) return newPlace(key, spanOfNode(node));
  const place = newPlace(key, beginningOf(node));
  for (const [index, item] of (node.items as readonly unknown[]).entries()) {
    if (!isPair<ParsedNode, ParsedNode | null>(item)) {
      addPlace(place, index, locate(undefined, item as ParsedNode | null));
    } else if (isScalar(item.key)) {
      // A key without a value stands where the value would.
      addPlace(place, String(item.key.value), locate(spanOfNode(item.key), item.value ?? item.key));
    }
  }
  return place;
}

/** A list as it is written; a mapping's bracket, or its first key where it has none. */
function beginningOf(node: ParsedNode): Span {
  if (!isMap<ParsedNode>(node)) return spanOfNode(node);
  const [first] = node.items;
  const { start } = spanOfNode(node);
  return node.flow === true || first === undefined ? { start, end: start + 1 } : spanOfNode(first.key);
}
