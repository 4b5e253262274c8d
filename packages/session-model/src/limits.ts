import type { TableLimits } from "./process/process-table.ts";

/** What the model may hold. */
export type ModelLimits = TableLimits;

/** Room for the processes of a large host and for those that a burst of 2,000 a second leaves behind; about 300 MB at the very most. */
export const defaultLimits: ModelLimits = { processesMax: 65_536, textBytesMax: 128 * 1024 * 1024 };
