import { fit } from "./fit.ts";
import { lookOf } from "./look.ts";
import { writeStandardError } from "./output-stream.ts";
import { counted, formatBytes, formatCount } from "./quantity.ts";
import type { Terminal } from "./terminal.ts";

/** How far a long work has come. */
export interface ProgressState {
  readonly events: number;
  readonly alerts: number;
  /** Bytes read, as stored. */
  readonly storedBytes: number;
  /** How many there are; undefined when nobody knows, as for standard input. */
  readonly sizeBytes: number | undefined;
}

/** A line on standard error that is drawn again and again while work goes on. */
export interface Progress {
  /** Says how far it has come. Cheap: `state` is only asked when the line is drawn. */
  update(state: () => ProgressState): void;
  /** Takes the line away, before something else is printed. The next update may draw it again. */
  clear(): void;
  /** Takes the line away for good. */
  stop(): void;
}

/** Work that is done sooner shows no progress. */
const startMs = 1000;
/** Five times a second is as often as a person can read it. */
const drawMsMin = 200;

/**
 * Progress on a terminal that can redraw a line; elsewhere nothing is ever written. `write` is given text for the terminal, by
 * default standard error; `nowMs` is a clock that does not go back.
 */
export function startProgress(
  terminal: Terminal,
  write: (text: string) => void = writeStandardError,
  nowMs: () => number = () => performance.now(),
): Progress {
  if (!terminal.canRedraw) return { update() {}, clear() {}, stop() {} };
  const look = lookOf(terminal);
  const startedMs = nowMs();
  let nextDrawMs = startedMs + startMs;
  let isDrawn = false;
  const clear = (): void => {
    if (isDrawn) write(clearLine);
    isDrawn = false;
  };
  return {
    update(state) {
      const now = nowMs();
      if (now < nextDrawMs) return;
      nextDrawMs = now + drawMsMin;
      // One column stays free: a cursor that waits behind the last one breaks the line when the window is made narrower.
      const line = fit(
        progressText(state(), (now - startedMs) / 1000, look.dot),
        terminal.width - 1,
        terminal,
      );
      write(`${clearLine}${look.faint(line)}`);
      isDrawn = true;
    },
    clear,
    stop() {
      clear();
      nextDrawMs = Number.POSITIVE_INFINITY;
    },
  };
}

/** To the start of the line, and erase to its end. */
const clearLine = "\r\u001b[K";

/** The most telling first: what does not fit is cut off at the end. */
function progressText(
  { events, alerts, storedBytes, sizeBytes }: ProgressState,
  seconds: number,
  dot: string,
): string {
  const isKnown = sizeBytes !== undefined && sizeBytes > 0 && storedBytes <= sizeBytes;
  const part = isKnown ? storedBytes / sizeBytes : 0;
  return [
    ...(isKnown ? [`${Math.floor(part * 100)}%`] : []),
    counted(events, "event"),
    counted(alerts, "alert"),
    isKnown ? `${formatBytes(storedBytes)} of ${formatBytes(sizeBytes)}` : formatBytes(storedBytes),
    `${formatCount(events / seconds)} events/s`,
    ...(part > 0.01 ? [`${formatClock((seconds / part) * (1 - part))} left`] : []),
  ].join(` ${dot} `);
}

/** Minutes and seconds as a clock shows them: `0:07`, `12:30`, `1:02:00`. */
function formatClock(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const twoDigits = (value: number) => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${twoDigits(minutes)}:${twoDigits(rest)}` : `${minutes}:${twoDigits(rest)}`;
}
