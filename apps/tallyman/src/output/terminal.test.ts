import { expect, test } from "vitest";
import { type ColorChoice, describeTerminal } from "./terminal.ts";

const terminal = { isTTY: true, columns: 90 };
const pipe = {};

test.for<
  [title: string, stream: object, environment: Record<string, string>, choice: ColorChoice, color: boolean]
>([
  ["a terminal", terminal, {}, "auto", true],
  ["a pipe", pipe, {}, "auto", false],
  ["a dumb terminal", terminal, { TERM: "dumb" }, "auto", false],
  ["NO_COLOR", terminal, { NO_COLOR: "1" }, "auto", false],
  ["an empty NO_COLOR", terminal, { NO_COLOR: "" }, "auto", true],
  ["FORCE_COLOR on a pipe", pipe, { FORCE_COLOR: "1" }, "auto", true],
  ["FORCE_COLOR=0 on a terminal", terminal, { FORCE_COLOR: "0" }, "auto", false],
  ["NO_COLOR and FORCE_COLOR", pipe, { NO_COLOR: "1", FORCE_COLOR: "1" }, "auto", false],
  ["--color=always with NO_COLOR on a pipe", pipe, { NO_COLOR: "1" }, "always", true],
  ["--color=never with FORCE_COLOR", terminal, { FORCE_COLOR: "1" }, "never", false],
])("color: %s", ([, stream, environment, choice, color]) => {
  expect(describeTerminal(stream, environment, choice).color).toBe(color);
});

test.for<[environment: Record<string, string>, columns: number | undefined, width: number]>([
  [{}, 90, 90],
  [{}, undefined, 100],
  [{}, 0, 100],
  [{ COLUMNS: "72" }, 90, 72],
  [{ COLUMNS: "72" }, undefined, 72],
  [{ COLUMNS: "0" }, 90, 90],
  [{ COLUMNS: "wide" }, 90, 90],
  [{ COLUMNS: "10" }, 90, 40],
  [{ COLUMNS: "100000" }, 90, 1000],
])("width: %j in %j columns is %i", ([environment, columns, width]) => {
  expect(describeTerminal({ isTTY: true, columns }, environment).width).toBe(width);
});

test("the width follows the window", () => {
  const stream = { isTTY: true, columns: 90 };
  const described = describeTerminal(stream, {});
  stream.columns = 60;
  expect(described.width).toBe(60);
});

test.for<[environment: Record<string, string>, unicode: boolean]>([
  [{}, true],
  [{ LANG: "" }, true],
  [{ LANG: "en_US.UTF-8" }, true],
  [{ LANG: "C.utf8" }, true],
  [{ LANG: "C" }, false],
  [{ LANG: "POSIX" }, false],
  [{ LANG: "de_DE.ISO-8859-1" }, false],
  [{ LANG: "C.UTF-8", LC_ALL: "C" }, false],
  [{ LANG: "C", LC_CTYPE: "C.UTF-8" }, true],
  [{ LANG: "C.UTF-8", TERM: "linux" }, false],
])("Unicode: %j is %s", ([environment, unicode]) => {
  expect(describeTerminal(terminal, environment).unicode).toBe(unicode);
});

test("only a terminal that is not dumb can redraw a line", () => {
  expect(describeTerminal(terminal, {}).canRedraw).toBe(true);
  expect(describeTerminal(terminal, { TERM: "dumb" }).canRedraw).toBe(false);
  expect(describeTerminal(pipe, {}, "always").canRedraw).toBe(false);
});
