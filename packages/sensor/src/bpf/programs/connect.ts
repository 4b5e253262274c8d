import { Label } from "../assembler.ts";
import type { ProgramBuilder } from "../program-builder.ts";
import { protocol, requireProtocol, writeConnection } from "./connection.ts";
import { writeFacts } from "./facts.ts";
import { rememberOwner } from "./owners.ts";
import { tcpState } from "./tcp-state.ts";

/**
 * `inet_sock_set_state(socket, old, new)` for connections that are opened. The kernel sets SYN_SENT in the process that connects, with the route
 * known and the source port not yet chosen; that one is told by a second record once there is an answer.
 */
export function writeConnect(b: ProgramBuilder): void {
  const opens = new Label();
  b.loadArgument("r1", 2).asm.jumpIf32("r1", "==", tcpState.synSent, opens);
  b.loadArgument("r1", 1).asm.jumpIf32("r1", "!=", tcpState.synSent, b.out);
  b.scope(() => {
    const socket = b.argument(0, "inet_sock");
    requireProtocol(b, socket, [protocol.tcp]);
    b.beginRecord("connected");
    writeConnection(b, socket);
    b.emit();
  });
  b.asm.place(opens);
  b.scope(() => {
    const socket = b.argument(0, "inet_sock");
    requireProtocol(b, socket, [protocol.tcp]);
    const task = b.currentTask();
    b.beginRecord("connect");
    writeFacts(b, task);
    writeConnection(b, socket);
    rememberOwner(b, socket, "egress");
    b.emit();
  });
}
