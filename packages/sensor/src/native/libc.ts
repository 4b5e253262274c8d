import { createRequire } from "node:module";
import { getSystemErrorName } from "node:util";
import type * as Koffi from "koffi";
import { SourceUnavailable } from "../source-unavailable.ts";

/**
 * The C library of this process, called through koffi: the only native code of the sensor. Everything here blocks, and acts on the calling
 * thread.
 */
export interface Libc {
  /** Makes a system call. Gives its result, or the negative error number. Addresses are bigints. */
  syscall(number: number, ...args: readonly (number | bigint)[]): number;
  /** Does something during which this thread gets no signals; those that come meanwhile come after it. */
  withoutSignals<T>(work: () => T): T;
  /** Maps a file or map; throws a SystemCallError. */
  map(fd: number, length: number, offset: number, access: "read" | "read and write"): bigint;
  /** Opens a socket that does not wait. Throws a SystemCallError, as those below do. */
  socket(family: number, type: number, protocol: number): number;
  bind(fd: number, address: Buffer): void;
  setSocketOption(fd: number, level: number, option: number, value: number): void;
  send(fd: number, bytes: Buffer): void;
  /** Reads one message, and the address of its sender; gives its length, or undefined when none waits. */
  receive(fd: number, into: Buffer, sender: Buffer): number | undefined;
  /** Waits until one of the descriptors can be read, at most so long. */
  waitReadable(fds: readonly number[], timeoutMs: number): void;
  unmap(address: bigint, length: number): void;
  close(fd: number): void;
  /** Nanoseconds since boot, sleep included: CLOCK_BOOTTIME. */
  bootClockNs(): bigint;
  /** The same without sleep: CLOCK_MONOTONIC. */
  monotonicClockNs(): bigint;
  /** Since 1970: CLOCK_REALTIME. */
  wallClockNs(): bigint;
  /** In bytes: what mappings are multiples of. */
  pageSize(): number;
  /** Memory outside of the JavaScript heap, with a copy of the bytes; to be freed. */
  allocate(bytes: Uint8Array): NativeBytes;
  /** The memory at an address, without a copy. It must stay mapped as long as anything uses the buffer. */
  view(address: bigint, length: number): ArrayBuffer;
}

export interface NativeBytes {
  readonly address: bigint;
  readonly length: number;
  read(): Buffer;
  free(): void;
}

/** A system call failed. */
export class SystemCallError extends Error {
  override readonly name = "SystemCallError";
  readonly errno: number;

  constructor(call: string, errno: number) {
    super(`${call} failed: ${getSystemErrorName(-errno)}`);
    this.errno = errno;
  }
}

const errno = { again: 11 } as const;
const socketFlags = 0x800 | 0x80000; // SOCK_NONBLOCK, SOCK_CLOEXEC
const setMask = 2; // SIG_SETMASK
const signalSetBytes = 128;

let loaded: Libc | undefined;

/** Throws SourceUnavailable when koffi is not installed or does not run here. */
export function libc(): Libc {
  loaded ??= load();
  return loaded;
}

function load(): Libc {
  const koffi = requireKoffi();
  // The symbols of this process, whichever C library it runs on.
  const c = koffi.load(null);
  const word = "intptr_t";
  const out = koffi.out("uint8_t *");
  const inOut = koffi.inout("uint8_t *");
  const rawSyscall = c.func("syscall", word, [word, word, word, word, word, word, word]);
  const rawMap = c.func("mmap", word, [word, "size_t", "int", "int", "int", "int64_t"]);
  const rawUnmap = c.func("munmap", "int", [word, "size_t"]);
  const rawClose = c.func("close", "int", ["int"]);
  const rawClock = c.func("clock_gettime", "int", ["int", out]);
  const rawSignalMask = c.func("pthread_sigmask", "int", ["int", "uint8_t *", out]);
  const timespec = Buffer.alloc(16);
  const rawSysconf = c.func("sysconf", "long", ["int"]);
  const rawSocket = c.func("socket", "int", ["int", "int", "int"]);
  const rawBind = c.func("bind", "int", ["int", "uint8_t *", "uint32_t"]);
  const rawSetSocketOption = c.func("setsockopt", "int", ["int", "int", "int", "uint8_t *", "uint32_t"]);
  const rawSend = c.func("send", word, ["int", "uint8_t *", "size_t", "int"]);
  const rawReceive = c.func("recvfrom", word, ["int", out, "size_t", "int", out, inOut]);
  const rawPoll = c.func("poll", "int", [inOut, "ulong", "int"]);
  const clockNs = (clock: number) => {
    rawClock(clock, timespec);
    return timespec.readBigInt64LE(0) * 1_000_000_000n + timespec.readBigInt64LE(8);
  };
  const checked = (call: string, result: number) => {
    if (result < 0) throw new SystemCallError(call, koffi.errno());
    return result;
  };
  return {
    syscall(number, ...args) {
      const [a = 0, b = 0, d = 0, e = 0, f = 0, g = 0] = args;
      const result = Number(rawSyscall(number, a, b, d, e, f, g));
      return result === -1 ? -koffi.errno() : result;
    },
    withoutSignals(work) {
      const before = Buffer.alloc(signalSetBytes);
      rawSignalMask(setMask, Buffer.alloc(signalSetBytes, 0xff), before);
      try {
        return work();
      } finally {
        rawSignalMask(setMask, before, Buffer.alloc(signalSetBytes));
      }
    },
    map(fd, length, offset, access) {
      const mapShared = 1;
      const protection = access === "read" ? 1 : 3;
      const address = BigInt(rawMap(0, length, protection, mapShared, fd, offset));
      if (address === -1n) throw new SystemCallError("mmap", koffi.errno());
      return address;
    },
    unmap(address, length) {
      rawUnmap(address, length);
    },
    close(fd) {
      rawClose(fd);
    },
    bootClockNs: () => clockNs(7),
    monotonicClockNs: () => clockNs(1),
    wallClockNs: () => clockNs(0),
    socket(family, type, protocol) {
      return checked("socket", rawSocket(family, type | socketFlags, protocol));
    },
    bind(fd, address) {
      checked("bind", rawBind(fd, address, address.length));
    },
    setSocketOption(fd, level, option, value) {
      const bytes = Buffer.alloc(4);
      bytes.writeInt32LE(value);
      checked("setsockopt", rawSetSocketOption(fd, level, option, bytes, bytes.length));
    },
    send(fd, bytes) {
      checked("send", Number(rawSend(fd, bytes, bytes.length, 0)));
    },
    receive(fd, into, sender) {
      const senderLength = Buffer.alloc(4);
      senderLength.writeUInt32LE(sender.length);
      const length = Number(rawReceive(fd, into, into.length, 0, sender, senderLength));
      if (length >= 0) return length;
      if (koffi.errno() === errno.again) return undefined;
      throw new SystemCallError("recvfrom", koffi.errno());
    },
    waitReadable(fds, timeoutMs) {
      const waiting = Buffer.alloc(fds.length * 8);
      for (const [i, fd] of fds.entries()) {
        waiting.writeInt32LE(fd, i * 8);
        waiting.writeInt16LE(1, i * 8 + 4);
      }
      rawPoll(waiting, fds.length, timeoutMs);
    },
    pageSize: () => Number(rawSysconf(30)),
    allocate(bytes) {
      const memory: bigint = koffi.alloc("uint8_t", Math.max(1, bytes.length));
      const view = new Uint8Array(koffi.view(memory, bytes.length));
      view.set(bytes);
      return {
        address: koffi.address(memory),
        length: bytes.length,
        read: () => Buffer.from(view),
        free: () => koffi.free(memory),
      };
    },
    view: (address, length) => koffi.view(address, length),
  };
}

function requireKoffi(): typeof Koffi {
  try {
    return createRequire(import.meta.url)("koffi");
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND";
    throw new SourceUnavailable(
      missing
        ? "the package koffi is not installed, an optional dependency that calls the kernel (npm install koffi)"
        : `the package koffi does not run here: ${(cause as Error).message.split("\n", 1)[0]}`,
    );
  }
}
