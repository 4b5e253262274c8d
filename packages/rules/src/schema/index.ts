// What files of settings are read with: rule files here, and others elsewhere.

export { readSettingsFile, type SettingsFile } from "../settings-file.ts";
export { reportUnknown } from "./json-value.ts";
export {
  type Key,
  type Keys,
  object,
  optional,
  readKeys,
  reportMissing,
  required,
  type ValuesOf,
  withDefault,
} from "./object.ts";
export {
  filledText,
  flag,
  isTable,
  list,
  oneOf,
  type Reader,
  type Table,
  text,
  textLike,
  wholeNumber,
  wrongType,
} from "./reader.ts";
export type { Spot } from "./spot.ts";
