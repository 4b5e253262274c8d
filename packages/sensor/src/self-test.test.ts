import { afterEach, describe, expect, it } from "vitest";
import { EbpfSource } from "./sources/ebpf.ts";
import { startSource } from "./start-source.ts";
import { announced, whyNoBpf } from "./testing/requirements.ts";

const reason = announced("what a source is tested with", whyNoBpf());

describe.skipIf(reason !== undefined)("the program that a source is tested with", () => {
  const { execPath } = process;
  const { PATH } = process.env;
  afterEach(() => {
    process.execPath = execPath;
    process.env["PATH"] = PATH;
  });

  it("is Node where there is no cat", async () => {
    process.env["PATH"] = "/nonexistent";
    const { running } = await startSource([new EbpfSource()]);
    await running.stop();
  });

  it("is said to be missing where neither can be started", async () => {
    process.env["PATH"] = "/nonexistent";
    process.execPath = "/nonexistent/node";
    await expect(startSource([new EbpfSource()])).rejects.toThrow(
      "ebpf: no program could be started to test it: spawn /nonexistent/node ENOENT",
    );
  });
});
