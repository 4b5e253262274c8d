import { counted } from "../output/quantity.ts";

/** How often is looked whether events were lost, and how long of that nothing more is said once it was. */
const lookMs = 1000;
const pauseMs = 60_000;

/** What a live run can say of itself. */
export interface Reporter {
  /** Events that were lost so far. */
  lost(): number;
  /** Prints what there is to say so far. */
  printSummary(): void;
  /** Says a sentence without a full stop. */
  say(text: string): void;
}

/**
 * What is said of a live run while it goes on: the summary so far, when SIGUSR2 asks for it, and that events were lost, soon after they were and then
 * once a minute at most. Gives what ends the latter. SIGUSR2 is listened to until the program ends, which it would otherwise do at once, with its state not saved.
 */
export function reportWhileRunning({ lost, printSummary, say }: Reporter): () => void {
  let [said, quietUntilMs] = [0, 0];
  const look = () => {
    const all = lost();
    if (all === said || performance.now() < quietUntilMs) return;
    const before = said === 0 ? "" : `, ${counted(all, "event")} since the start`;
    say(`${counted(all - said, "event")} lost, since the source's ring or its queue was full${before}`);
    said = all;
    quietUntilMs = performance.now() + pauseMs;
  };
  const timer = setInterval(look, lookMs);
  process.on("SIGUSR2", printSummary);
  return () => clearInterval(timer);
}
