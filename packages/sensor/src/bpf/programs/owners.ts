import { helpers } from "../assembler.ts";
import { directions, type Field, layouts } from "../layout.ts";
import type { Pointer, ProgramBuilder } from "../program-builder.ts";

/** The entries of the map of owners: from the address of a socket to its process's start and id, and who opened the connection. */
export const owners = { keyBytes: 8, valueBytes: 16, entries: 16_384 } as const;

const { fields } = layouts.connect;
const value = { startNs: 0, pid: 8, direction: 12 } as const;

/** Remembers the record's process as the owner of a socket. When there are too many, the one that was longest not used is forgotten. */
export function rememberOwner(b: ProgramBuilder, socket: Pointer, direction: keyof typeof directions): void {
  const pidAndDirection = b.slot();
  const startNs = b.slot();
  b.asm.load(8, "r1", "r6", fields.startNs.offset).load(4, "r2", "r6", fields.pid.offset);
  b.store(startNs, "r1").store(pidAndDirection, "r2");
  b.asm.store(4, "r10", pidAndDirection + 4, directions[direction]);
  b.asm
    .loadMap("r1", b.maps.owners)
    .move("r2", "r10")
    .add("r2", socket.slot)
    .move("r3", "r10")
    .add("r3", startNs)
    .move("r4", 0)
    .call(helpers.mapUpdate);
}

/**
 * Looks the owner of a socket up and forgets it; leaves the program when there is none, or another processor was faster. Gives what puts it into a
 * record.
 */
export function takeOwner(b: ProgramBuilder, socket: Pointer): PutOwner {
  const kept = { startNs: b.slot(), pid: b.slot(), direction: b.slot() };
  key(b, socket).asm.call(helpers.mapLookup).jumpIf("r0", "==", 0, b.out);
  b.asm
    .load(8, "r1", "r0", value.startNs)
    .load(4, "r2", "r0", value.pid)
    .load(4, "r3", "r0", value.direction);
  b.store(kept.startNs, "r1").store(kept.pid, "r2").store(kept.direction, "r3");
  key(b, socket).asm.call(helpers.mapDelete).jumpIf("r0", "!=", 0, b.out);
  return (record) => {
    for (const name of ["startNs", "pid", "direction"] as const)
      b.load("r1", kept[name]).put(record[name], "r1");
  };
}

export type PutOwner = (record: OwnerFields) => void;

interface OwnerFields {
  readonly startNs: Field;
  readonly pid: Field;
  readonly direction: Field;
}

function key(b: ProgramBuilder, socket: Pointer): ProgramBuilder {
  b.asm.loadMap("r1", b.maps.owners).move("r2", "r10").add("r2", socket.slot);
  return b;
}
