import { layouts } from "../layout.ts";
import type { Pointer, ProgramBuilder } from "../program-builder.ts";
import { writeConnection } from "./connection.ts";
import { type PutOwner, takeOwner } from "./owners.ts";
import { tcpState } from "./tcp-state.ts";

const { fields } = layouts.disconnect;

/**
 * `inet_sock_set_state(socket, old, new)` for connections that end. It may run in an interrupt, while any process is the current one, so that the
 * process comes from the map of owners. An attempt that failed was no connection.
 */
export function writeDisconnect(b: ProgramBuilder): void {
  b.loadArgument("r1", 2).asm.jumpIf32("r1", "!=", tcpState.close, b.out);
  const socket = b.argument(0, "inet_sock");
  const putOwner = takeOwner(b, socket);
  b.loadArgument("r1", 1).asm.jumpIf32("r1", "==", tcpState.synSent, b.out);
  writeEnd(b, socket, putOwner);
}

/** Reports that a connection of a known process has ended. */
export function writeEnd(b: ProgramBuilder, socket: Pointer, putOwner: PutOwner): void {
  b.beginRecord("disconnect");
  putOwner(fields);
  writeConnection(b, socket);
  b.emit();
}
