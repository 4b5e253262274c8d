import { describe, expect, it } from "vitest";
import { defaultEnvironmentNames, keepsVariables } from "./environment.ts";

describe("keepsVariables", () => {
  it.each([
    ["LD_PRELOAD=/x.so", true],
    ["LD_PRELOAD=", true],
    ["LD_PRELOAD_=x", false],
    ["ld_preload=x", false],
    ["https_proxy=http://user@host", true],
    ["ALL_PROXY=x", true],
    ["NO_PROXY_AT_ALL=x", false],
    ["AWS_SECRET_ACCESS_KEY=x", false],
    ["PASSWORD=LD_PRELOAD=x", false],
    ["LD_PRELOAD", false],
    ["=x", false],
    ["", false],
  ])("by default: %j %s", (variable, isKept) => {
    expect(keepsVariables(defaultEnvironmentNames)(variable)).toBe(isKept);
  });

  it.each([
    [["SSH_*"], "SSH_TTY=/dev/pts/0", true],
    [["SSH_*"], "X_SSH_TTY=1", false],
    [["*"], "ANYTHING=1", true],
    [[], "LD_PRELOAD=1", false],
  ])("with %j: %s %s", (names, variable, isKept) => {
    expect(keepsVariables(names)(variable)).toBe(isKept);
  });
});
