import { describe, expect, it } from "vitest";
import { blindSpots } from "./blind-spots.ts";
import { sourcesInOrder } from "./source-order.ts";

describe("blindSpots", () => {
  it.each([
    ["ebpf", [], []],
    [
      "audit",
      ["TCP connections", "files that are made, renamed and deleted"],
      ["sessions and process groups", "namespaces and cgroups", "environments"],
    ],
    [
      "proc-connector",
      ["TCP connections", "files that are made, renamed and deleted"],
      [
        "arguments, paths and working directories",
        "terminals",
        "sessions and process groups",
        "namespaces and cgroups",
        "environments",
      ],
    ],
  ])("of %s", (name, unseen, unseenOfShortLived) => {
    const source = sourcesInOrder().find((source) => source.name === name);
    expect(source && blindSpots(source.sees)).toEqual({ unseen, unseenOfShortLived });
  });

  it("grow with what is switched off", () => {
    const [ebpf] = sourcesInOrder({ files: false, environmentNames: [] });
    expect(ebpf && blindSpots(ebpf.sees).unseen).toEqual([
      "environments",
      "files that are made, renamed and deleted",
    ]);
  });
});
