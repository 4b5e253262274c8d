import { libc, SystemCallError } from "../native/libc.ts";

const family = 16; // AF_NETLINK
const raw = 3; // SOCK_RAW
const addressBytes = 12;
const headerBytes = 16;
/** Larger than any message of the kernel's for us. */
const messageBytesMax = 64 * 1024;
const socketLevel = 1; // SOL_SOCKET
const receiveBuffer = 8; // SO_RCVBUF
const receiveBufferForced = 33; // SO_RCVBUFFORCE
const noBuffers = 105; // ENOBUFS

export interface NetlinkMessage {
  readonly type: number;
  readonly payload: Buffer;
}

/** A socket for messages to and from the kernel (netlink(7)). One datagram is taken for one message, as it is with connector and audit. */
export class NetlinkSocket {
  readonly fd: number;
  readonly #buffer = Buffer.alloc(messageBytesMax);
  readonly #sender = Buffer.alloc(addressBytes);

  /** For a descriptor that is open. */
  constructor(fd: number) {
    this.fd = fd;
  }

  /** `groups` is a mask of what to listen to. Throws a SystemCallError. */
  static open(protocol: number, groups: number): NetlinkSocket {
    const fd = libc().socket(family, raw, protocol);
    try {
      const address = Buffer.alloc(addressBytes);
      address.writeUInt16LE(family, 0);
      address.writeUInt32LE(groups, 8);
      libc().bind(fd, address);
      return new NetlinkSocket(fd);
    } catch (error) {
      libc().close(fd);
      throw error;
    }
  }

  /** How much may wait to be read: what was asked for with the right CAP_NET_ADMIN, otherwise as much as the host allows. */
  enlargeBuffer(bytes: number): void {
    try {
      libc().setSocketOption(this.fd, socketLevel, receiveBufferForced, bytes);
    } catch {
      libc().setSocketOption(this.fd, socketLevel, receiveBuffer, bytes);
    }
  }

  send(type: number, flags: number, payload: Buffer): void {
    const header = Buffer.alloc(headerBytes);
    header.writeUInt32LE(headerBytes + payload.length, 0);
    header.writeUInt16LE(type, 4);
    header.writeUInt16LE(flags, 6);
    libc().send(this.fd, Buffer.concat([header, payload]));
  }

  /**
   * The next message, which is valid until the next call; undefined when none waits; `overrun` when some were dropped for want of room, `foreign` for one
   * that is not the kernel's: any process with CAP_NET_ADMIN can send some.
   */
  receive(): NetlinkMessage | "overrun" | "foreign" | undefined {
    try {
      const length = libc().receive(this.fd, this.#buffer, this.#sender);
      if (length === undefined) return undefined;
      // The kernel's port is 0.
      if (this.#sender.readUInt32LE(4) !== 0 || length < headerBytes) return "foreign";
      // Not by the length in the header: audit does not count the header itself there.
      return { type: this.#buffer.readUInt16LE(4), payload: this.#buffer.subarray(headerBytes, length) };
    } catch (error) {
      if (error instanceof SystemCallError && error.errno === noBuffers) return "overrun";
      throw error;
    }
  }

  close(): void {
    libc().close(this.fd);
  }
}
