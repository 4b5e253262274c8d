import { Label } from "../assembler.ts";
import { layouts } from "../layout.ts";
import type { Pointer, ProgramBuilder } from "../program-builder.ts";

// The same in every record of a connection.
const { fields } = layouts.connect;

const inet = 2;
const inet6 = 10;

export const protocol = { tcp: 6, multipathTcp: 262 } as const;

/** Leaves the program unless the socket (struct inet_sock) speaks one of these protocols over IPv4 or IPv6. */
export function requireProtocol(b: ProgramBuilder, socket: Pointer, protocols: readonly number[]): void {
  const isInet = new Label();
  const isWanted = new Label();
  b.number("r1", socket, "sk.__sk_common.skc_family");
  b.asm.jumpIf("r1", "==", inet, isInet).jumpIf("r1", "!=", inet6, b.out).place(isInet);
  b.number("r1", socket, "sk.sk_protocol");
  for (const number of protocols) b.asm.jumpIf("r1", "==", number, isWanted);
  b.asm.jump(b.out).place(isWanted);
}

/** Fills in both ends of a socket (struct inet_sock). */
export function writeConnection(b: ProgramBuilder, socket: Pointer): void {
  const isInet = new Label();
  const done = new Label();
  b.load("r1", socket.slot).put(fields.socket, "r1");
  b.copy(fields.localPort, socket, "inet_sport");
  b.copy(fields.remotePort, socket, "sk.__sk_common.skc_dport");
  b.number("r7", socket, "sk.__sk_common.skc_family").put(fields.family, "r7");
  if (b.types.has("inet_sock", "sk.__sk_common.skc_v6_daddr")) {
    b.asm.jumpIf("r7", "!=", inet6, isInet);
    b.copy(fields.localAddress, socket, "sk.__sk_common.skc_v6_rcv_saddr");
    b.copy(fields.remoteAddress, socket, "sk.__sk_common.skc_v6_daddr");
    b.asm.jump(done);
  }
  b.asm.place(isInet);
  b.copy(fields.localAddress, socket, "sk.__sk_common.skc_rcv_saddr");
  b.copy(fields.remoteAddress, socket, "sk.__sk_common.skc_daddr");
  b.asm.place(done);
}
