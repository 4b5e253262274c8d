import { once } from "node:events";
import { connect, isIP, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { errorCode } from "../output/output-error.ts";
import type { SpooledAlert } from "../spool/spooled-alert.ts";
import { type Delivery, type Destination, delivered } from "./destination.ts";
import { networkProblem } from "./network-problem.ts";
import { formatSyslogAddress, type SyslogAddress } from "./syslog-address.ts";
import { type SyslogHeader, syslogMessage } from "./syslog-message.ts";

/** How long a stream must stay open after a delivery for that to count: the protocol has no answer by which the server could say that it has it. */
const lingerMs = 200;

export interface StreamSyslogOptions extends SyslogHeader {
  /** How long a step may take. */
  readonly timeoutMs: number;
}

/** One connection that stays open. What was under way when it broke is sent again. */
export class StreamSyslog implements Destination {
  readonly #options: StreamSyslogOptions;
  readonly #address: SyslogAddress;
  #socket: Socket | undefined;
  #failure: Error | undefined;
  #takesDatagrams = false;

  constructor(options: StreamSyslogOptions, address: SyslogAddress) {
    this.#options = options;
    this.#address = address;
  }

  /** True when the last attempt has shown that the socket is no stream. */
  get takesDatagrams(): boolean {
    return this.#takesDatagrams;
  }

  async deliver(alerts: readonly SpooledAlert[], signal: AbortSignal): Promise<Delivery> {
    try {
      const socket = await this.#connected(signal);
      const frames = alerts.map((alert) => octetCounted(syslogMessage(alert, this.#options)));
      await this.#written(socket, frames.join(""), signal);
      return delivered;
    } catch (error) {
      this.#takesDatagrams = errorCode(error) === "EPROTOTYPE";
      this.#drop();
      return { kind: "later", reason: `${formatSyslogAddress(this.#address)} ${networkProblem(error)}` };
    }
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined || socket.destroyed) return;
    socket.end();
    await Promise.race([once(socket, "close").catch(() => {}), sleep(1000, undefined, { ref: false })]);
    socket.destroy();
  }

  async #connected(signal: AbortSignal): Promise<Socket> {
    if (this.#socket !== undefined && this.#failure === undefined) return this.#socket;
    this.#drop();
    const socket = open(this.#address);
    this.#socket = socket;
    socket.on("error", (error) => {
      if (this.#socket === socket) this.#failure ??= error;
    });
    // A server has nothing to say: when it ends its side, it is going away.
    socket.on("end", () => {
      if (this.#socket === socket) this.#failure ??= new Error("closed the connection");
    });
    socket.on("close", () => {
      if (this.#socket === socket) this.#failure ??= new Error("closed the connection");
    });
    socket.resume();
    const connected = this.#address.kind === "tls" ? "secureConnect" : "connect";
    const ready = new Promise<void>((resolve) => socket.once(connected, () => resolve()));
    await this.#within(ready, signal);
    socket.unref();
    return socket;
  }

  async #written(socket: Socket, text: string, signal: AbortSignal): Promise<void> {
    socket.ref();
    try {
      await this.#within(new Promise<void>((resolve) => socket.write(text, () => resolve())), signal);
      await sleep(lingerMs, undefined, { signal });
      if (this.#failure !== undefined) throw this.#failure;
    } finally {
      socket.unref();
    }
  }

  /** Waits for a step, no longer than is allowed, and no longer than the socket lives. */
  async #within(step: Promise<void>, signal: AbortSignal): Promise<void> {
    const socket = this.#socket as Socket;
    const timer = new AbortController();
    try {
      await Promise.race([
        step,
        once(socket, "close", { signal: timer.signal }).then(() => {}),
        sleep(this.#options.timeoutMs, undefined, { signal: AbortSignal.any([signal, timer.signal]) }).then(
          () => {
            throw new Error(`does not answer within ${this.#options.timeoutMs / 1000} s`);
          },
        ),
      ]);
    } finally {
      timer.abort();
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #drop(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
    this.#failure = undefined;
  }
}

function open(address: SyslogAddress): Socket {
  if (address.kind === "unix") return connect({ path: address.path });
  const { host, kind, port } = address;
  if (kind !== "tls") return connect({ host, port });
  // Addresses are no names of servers in TLS.
  return connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}) });
}

/** Octet counting: the length before each message, so that messages may hold anything. */
function octetCounted(message: string): string {
  return `${Buffer.byteLength(message)} ${message}`;
}
