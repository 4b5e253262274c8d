import type { ExitEvent } from "@tallyman/session-model";

/** What a status says, in the form in which wait(2) gives it. */
export function howItEnded(status: number): Pick<ExitEvent, "exitCode" | "signal"> {
  const signal = status & 0x7f;
  return signal === 0 ? { exitCode: (status >> 8) & 0xff } : { signal };
}
