import type { TableLimits } from "./process/process-table.ts";

/** What the model may hold. */
export type ModelLimits = TableLimits;

/** Room for the processes of a large host, and for what a burst of 2,000 a second leaves behind. */
export const defaultLimits: ModelLimits = { processesMax: 65_536, textBytesMax: 128 * 1024 * 1024 };
