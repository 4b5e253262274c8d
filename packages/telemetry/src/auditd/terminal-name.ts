import { type CharDevice, deviceOfPts } from "@tallyman/session-model";

/** The device behind the name that the kernel gives to a terminal; null for none, undefined for a driver that is not known here. */
export function deviceOfTerminal(name: string): CharDevice | null | undefined {
  if (name === "(none)") return null;
  const [, driver, digits] = /^(pts|ttyS|tty)(\d{1,7})$/.exec(name) ?? [];
  const number = Number(digits);
  if (driver === "pts") return deviceOfPts(number);
  if (driver === "ttyS" && number < 192) return { major: 4, minor: 64 + number };
  if (driver === "tty" && number < 64) return { major: 4, minor: number };
  return undefined;
}
