import { describe, expect, it } from "vitest";
import { ProcConnectorReader } from "./proc-connector.ts";

/** A message as the kernel sends it: who numbers it, which number, what it is about, and up to four ids. */
function message(processor: number, number: number, what: number, ...ids: readonly number[]): Buffer {
  const bytes = Buffer.alloc(20 + 16 + 24);
  bytes.writeUInt32LE(1, 0);
  bytes.writeUInt32LE(1, 4);
  bytes.writeUInt32LE(number, 8);
  bytes.writeUInt32LE(what, 20);
  bytes.writeUInt32LE(processor, 24);
  bytes.writeBigUInt64LE(99n, 28);
  for (const [i, id] of ids.entries()) bytes.writeUInt32LE(id, 36 + i * 4);
  return bytes;
}

describe("ProcConnectorReader", () => {
  it.each([
    ["a fork", [0x1, 5, 5, 7, 7], { kind: "fork", pid: 7, ppid: 5 }],
    ["a fork by a thread", [0x1, 6, 5, 7, 7], { kind: "fork", pid: 7, ppid: 5 }],
    ["a new thread", [0x1, 5, 5, 7, 5], undefined],
    ["an exec", [0x2, 7, 7], { kind: "exec", pid: 7 }],
    ["a new user", [0x4, 7, 7, 1000, 1000], { kind: "ids", pid: 7 }],
    ["a new user of a thread", [0x4, 8, 7, 1000, 1000], undefined],
    ["a new group", [0x40, 7, 7, 1000, 1000], { kind: "ids", pid: 7 }],
    ["a new session", [0x80, 7, 7], { kind: "setsid", pid: 7 }],
    ["an exit", [0x8000_0000, 7, 7, 0x300, 17], { kind: "exit", pid: 7, status: 0x300 }],
    ["the exit of a thread", [0x8000_0000, 8, 7, 0, 17], undefined],
    ["a new name", [0x200, 7, 7], undefined],
  ] as const)("reads %s", (_, [what, ...ids], event) => {
    expect(new ProcConnectorReader().read(message(0, 0, what, ...ids))).toEqual(
      event === undefined ? undefined : { ...event, monotonicNs: 99n },
    );
  });

  it("counts what is missing on each processor", () => {
    const reader = new ProcConnectorReader();
    for (const [processor, number] of [
      [0, 10],
      [1, 500],
      [0, 11],
      [0, 14],
      [1, 501],
      [2, 0xffff_ffff],
      [2, 1],
    ] as const)
      reader.read(message(processor, number, 0x2, 7, 7));
    expect(reader.lost).toBe(3);
  });

  it("does not take the answer to its own request for an event", () => {
    const reader = new ProcConnectorReader();
    reader.read(message(0, 77, 0x2, 7, 7));
    expect(reader.read(message(0, 0, 0))).toBeUndefined();
    expect(reader.lost).toBe(0);
  });

  it("passes over what is too short", () => {
    expect(new ProcConnectorReader().read(Buffer.alloc(30))).toBeUndefined();
  });
});
