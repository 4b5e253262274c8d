import { SystemCallError } from "../native/libc.ts";
import { SourceUnavailable } from "../source-unavailable.ts";
import { NetlinkSocket } from "./netlink-socket.ts";

const protocol = 11; // NETLINK_CONNECTOR
const processGroup = 1; // CN_IDX_PROC, CN_VAL_PROC
const done = 3; // NLMSG_DONE
const operation = { listen: 1, ignore: 2 } as const; // PROC_CN_MCAST_LISTEN, _IGNORE
const connectorBytes = 20;
const bufferBytes = 16 << 20;

/** What the kernel says of processes through its connector (include/uapi/linux/cn_proc.h): ids, and hardly anything else. */
export type ProcEvent = { readonly monotonicNs: bigint } & (
  | { readonly kind: "fork"; readonly pid: number; readonly ppid: number }
  | { readonly kind: "exec" | "setsid" | "ids"; readonly pid: number }
  | { readonly kind: "exit"; readonly pid: number; readonly status: number }
);

const what = { fork: 0x1, exec: 0x2, uid: 0x4, gid: 0x40, sid: 0x80, exit: 0x8000_0000 } as const;

/** Listens to the connector. */
export class ProcConnector {
  readonly socket: NetlinkSocket;

  /** Throws SourceUnavailable. */
  static open(): ProcConnector {
    try {
      return new ProcConnector(NetlinkSocket.open(protocol, processGroup));
    } catch (error) {
      if (!(error instanceof SystemCallError)) throw error;
      throw new SourceUnavailable(
        `the kernel's proc connector cannot be listened to (CONFIG_PROC_EVENTS, CAP_NET_ADMIN before Linux 6.6): ${error.message}`,
      );
    }
  }

  private constructor(socket: NetlinkSocket) {
    this.socket = socket;
    try {
      socket.enlargeBuffer(bufferBytes);
      this.#request(operation.listen);
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  /**
   * Tells the kernel as well. It counts those who listen, and makes its messages for as long as it counts any: until the next boot when one is killed,
   * since it does not notice that a socket is closed.
   */
  close(): void {
    try {
      this.#request(operation.ignore);
    } catch {
      // As when this had been killed.
    }
    this.socket.close();
  }

  #request(operation: number): void {
    const request = Buffer.alloc(connectorBytes + 4);
    request.writeUInt32LE(processGroup, 0);
    request.writeUInt32LE(processGroup, 4);
    request.writeUInt16LE(4, 16);
    request.writeUInt32LE(operation, connectorBytes);
    this.socket.send(done, 0, request);
  }
}

/** Reads messages of the connector, and counts those that are missing by the numbers that each processor gives them. */
export class ProcConnectorReader {
  readonly #next = new Map<number, number>();
  lost = 0;

  /** Undefined for what is not about a whole process. */
  read(payload: Buffer): ProcEvent | undefined {
    if (payload.length < connectorBytes + 16) return undefined;
    const event = payload.subarray(connectorBytes);
    const kind = event.readUInt32LE(0);
    // The answer to the request to listen comes with no number.
    if (kind === 0) return undefined;
    this.#count(event.readUInt32LE(4), payload.readUInt32LE(8));
    const monotonicNs = event.readBigUInt64LE(8);
    const [first, second, third, fourth] = [16, 20, 24, 28].map((at) =>
      at + 4 <= event.length ? event.readUInt32LE(at) : 0,
    ) as [number, number, number, number];
    // Each says the id of the thread and then that of its process; a fork says them of the parent first.
    switch (kind) {
      case what.fork:
        return third === fourth ? { kind: "fork", monotonicNs, pid: fourth, ppid: second } : undefined;
      case what.exec:
        return { kind: "exec", monotonicNs, pid: second };
      case what.sid:
        return { kind: "setsid", monotonicNs, pid: second };
      case what.uid:
      case what.gid:
        return first === second ? { kind: "ids", monotonicNs, pid: second } : undefined;
      case what.exit:
        return first === second ? { kind: "exit", monotonicNs, pid: second, status: third } : undefined;
      default:
        return undefined;
    }
  }

  #count(processor: number, number: number): void {
    const expected = this.#next.get(processor);
    if (expected !== undefined) this.lost += (number - expected) >>> 0;
    this.#next.set(processor, (number + 1) >>> 0);
  }
}
