import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { errorCode } from "../output/output-error.ts";
import type { SpooledAlert } from "../spool/spooled-alert.ts";
import { type Delivery, type Destination, delivered } from "./destination.ts";
import { networkProblem } from "./network-problem.ts";
import { formatSyslogAddress } from "./syslog-address.ts";
import { type SyslogHeader, syslogMessage } from "./syslog-message.ts";

/** One datagram a message. When nobody listens, the system may say so at the next one; whether a datagram arrives, nobody can know. */
export class DatagramSyslog implements Destination {
  readonly #options: SyslogHeader;
  readonly #host: string;
  readonly #port: number;
  #socket: Socket | undefined;
  #failure: Error | undefined;

  constructor(options: SyslogHeader, host: string, port: number) {
    this.#options = options;
    this.#host = host;
    this.#port = port;
  }

  async deliver(alerts: readonly SpooledAlert[], signal: AbortSignal): Promise<Delivery> {
    let count = 0;
    try {
      const socket = await this.#connected(signal);
      for (const alert of alerts) {
        await sent(socket, syslogMessage(alert, this.#options));
        count += 1;
      }
      // Where nobody listens, the refusal takes a moment.
      await sleep(20, undefined, { signal });
      if (this.#failure !== undefined) throw this.#failure;
      return delivered;
    } catch (error) {
      const reason = `${formatSyslogAddress({ kind: "udp", host: this.#host, port: this.#port })} ${networkProblem(error)}`;
      // A refusal says nothing of which datagram it was for: all of them are sent again.
      const isRefused = this.#failure !== undefined || errorCode(error) === "ECONNREFUSED";
      this.#drop();
      return { kind: "later", reason, left: isRefused ? alerts : alerts.slice(count) };
    }
  }

  async close(): Promise<void> {
    this.#drop();
  }

  async #connected(signal: AbortSignal): Promise<Socket> {
    if (this.#socket !== undefined && this.#failure === undefined) return this.#socket;
    this.#drop();
    const socket = createSocket(this.#host.includes(":") ? "udp6" : "udp4");
    this.#socket = socket;
    socket.unref();
    const connecting = new AbortController();
    const failed = once(socket, "error", { signal: AbortSignal.any([signal, connecting.signal]) }).then(
      ([error]) => {
        throw error;
      },
    );
    socket.on("error", (error) => {
      if (this.#socket === socket) this.#failure ??= error;
    });
    const connected = new Promise<void>((resolve) => socket.connect(this.#port, this.#host, resolve));
    failed.catch(() => {});
    try {
      await Promise.race([connected, failed]);
    } finally {
      connecting.abort();
    }
    return socket;
  }

  #drop(): void {
    this.#socket?.close();
    this.#socket = undefined;
    this.#failure = undefined;
  }
}

function sent(socket: Socket, message: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(message, (error) => (error === null ? resolve() : reject(error)));
  });
}
