export type * from "./kernel-event.ts";
