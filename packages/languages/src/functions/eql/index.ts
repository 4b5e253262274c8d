import type { ScalarFunction } from "../../expression/scalar-function.ts";
import { add } from "./add.ts";
import { between } from "./between.ts";
import { cidrMatch } from "./cidr-match.ts";
import { concat } from "./concat.ts";
import { divide } from "./divide.ts";
import { endsWith } from "./ends-with.ts";
import { indexOf } from "./index-of.ts";
import { length } from "./length.ts";
import { modulo } from "./modulo.ts";
import { multiply } from "./multiply.ts";
import { number } from "./number.ts";
import { startsWith } from "./starts-with.ts";
import { string } from "./string.ts";
import { stringContains } from "./string-contains.ts";
import { substring } from "./substring.ts";
import { subtract } from "./subtract.ts";

/** The functions of EQL, in alphabetical order. */
export const eqlFunctions: readonly ScalarFunction[] = [
  add,
  between,
  cidrMatch,
  concat,
  divide,
  endsWith,
  indexOf,
  length,
  modulo,
  multiply,
  number,
  startsWith,
  string,
  stringContains,
  substring,
  subtract,
];
