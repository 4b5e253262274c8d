import { arrayContains } from "./array-contains.ts";
import { arrayCount } from "./array-count.ts";
import { arraySearch } from "./array-search.ts";
import type { EndpointFunction } from "./endpoint-function.ts";
import { match } from "./match.ts";
import { wildcard } from "./wildcard.ts";

/** The functions that EQL has only in its endpoint dialect, in alphabetical order. */
export const endpointFunctions: readonly EndpointFunction[] = [
  arrayContains,
  arrayCount,
  arraySearch,
  match,
  wildcard,
];
