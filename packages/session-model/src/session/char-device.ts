import type { CharDevice } from "../kernel-event.ts";

/** What kinds of terminal a session can have: a serial line, a virtual console, or the end of a pseudo-terminal. */
export type TerminalKind = "serial" | "console" | "pts";

/** The kind of a terminal; undefined for null, and for devices that are none. Source: Linux `Documentation/admin-guide/devices.txt`. */
export function terminalKind(device: CharDevice | null | undefined): TerminalKind | undefined {
  if (device === null || device === undefined) return undefined;
  const { major, minor } = device;
  if (major >= 136 && major <= 143) return "pts";
  if (major !== 4 || minor < 0 || minor > 255) return undefined;
  return minor < 64 ? "console" : "serial";
}

/** The device in field 7 (`tty_nr`) of `/proc/<pid>/stat`, which Falco reports too; null for 0, a process without terminal. */
export function deviceOfTtyNumber(number: number): CharDevice | null {
  if (number === 0) return null;
  return { major: (number >> 8) & 0xfff, minor: (number & 0xff) | ((number >>> 12) & 0xfff00) };
}

/** The device of the nth pseudo-terminal: `/dev/pts/300` is 137:44. */
export function deviceOfPts(number: number): CharDevice {
  return { major: 136 + Math.floor(number / 256), minor: number % 256 };
}

export function isSameDevice(a: CharDevice | null | undefined, b: CharDevice | null | undefined): boolean {
  if (a === null || a === undefined || b === null || b === undefined) return a === b;
  return a.major === b.major && a.minor === b.minor;
}
