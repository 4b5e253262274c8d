import { isatty } from "node:tty";

/** What is known about a stream that a person may be looking at. */
export interface Terminal {
  /** False for a file, a pipe, or `/dev/null`. */
  readonly isTerminal: boolean;
  /** How many columns a line may have, 40 to 1000. Asked again for each line, so that output follows a resized window. */
  readonly width: number;
  readonly color: boolean;
  /** Whether characters beyond ASCII arrive as themselves. */
  readonly unicode: boolean;
  /** Whether a line can be drawn anew over itself. */
  readonly canRedraw: boolean;
}

/** What `--color` can be. */
export type ColorChoice = "auto" | "always" | "never";

/** The part of a Node stream that says whether it is a terminal, and how wide. */
export interface TerminalStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Where neither the environment nor the stream says how wide it is: a file, a pipe, a terminal that does not know. */
const widthUnknown = 100;
/** Narrower windows wrap lines: nothing useful fits there. */
const widthMin = 40;
const widthMax = 1000;

/**
 * Describes a stream. `--color` decides before `NO_COLOR`, that before `FORCE_COLOR`, and that before what the stream is.
 * `COLUMNS` decides before the width that the stream reports.
 */
export function describeTerminal(
  stream: TerminalStream,
  environment: Environment,
  choice: ColorChoice = "auto",
): Terminal {
  const isTerminal = stream.isTTY === true;
  const isDumb = environment["TERM"] === "dumb";
  return {
    isTerminal,
    get width() {
      const columns = positiveInteger(environment["COLUMNS"]) ?? (stream.columns || widthUnknown);
      return Math.min(widthMax, Math.max(widthMin, columns));
    },
    color: choice === "auto" ? wantsColor(environment, isTerminal && !isDumb) : choice === "always",
    unicode: hasUnicode(environment, isTerminal),
    canRedraw: isTerminal && !isDumb,
  };
}

/**
 * Standard output or standard error. Node's own stream objects are only touched when they are terminals, since making one for a
 * pipe makes that pipe non-blocking, also for other programs that write to it.
 */
export function standardStream(name: "stdout" | "stderr"): TerminalStream {
  return isatty(name === "stdout" ? 1 : 2) ? process[name] : {};
}

function wantsColor(environment: Environment, otherwise: boolean): boolean {
  // Source: no-color.org; an empty value counts as absent.
  if (environment["NO_COLOR"]) return false;
  const forced = environment["FORCE_COLOR"];
  if (forced) return forced !== "0" && forced !== "false";
  return otherwise;
}

/**
 * A locale that is set and does not name UTF-8 means ASCII: in an eight-bit locale the bytes of UTF-8 would be shown as something
 * else. No locale at all is what containers and services have, whose output ends up in UTF-8 nearly always. The Linux console has
 * a few hundred glyphs.
 */
function hasUnicode(environment: Environment, isTerminal: boolean): boolean {
  if (isTerminal && environment["TERM"] === "linux") return false;
  const locale = environment["LC_ALL"] || environment["LC_CTYPE"] || environment["LANG"];
  return !locale || /utf-?8/i.test(locale);
}

function positiveInteger(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : undefined;
}
