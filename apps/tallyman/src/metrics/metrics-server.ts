import { once } from "node:events";
import { lstatSync, unlinkSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { describeWriteError, errorCode } from "../output/output-error.ts";
import type { ListenAddress } from "./listen-address.ts";
import type { Sample } from "./metric.ts";
import { metricsContentType, renderMetrics } from "./render-metrics.ts";

/** Strangers can knock here. When more than this many are connected, the one that has been for longest has to go. */
const connectionsMax = 16;

/** Nobody stays longer: neither who is slow to ask, nor who is slow to read. */
const connectionMs = 5000;

const headerBytesMax = 4096;

/** Whoever asks more often gets the same text: nobody can make the program do nothing else. */
const freshMs = 200;

/** unix(7). Node would cut the rest off and listen there. */
const pathBytesMax = 107;

/** Answers `GET /metrics` over HTTP. What comes in can neither stop the program nor make it wait. */
export class MetricsServer {
  readonly #server = createServer({ maxHeaderSize: headerBytesMax, noDelay: true });
  /** The oldest first. */
  readonly #connections = new Set<Socket>();
  #address: ListenAddress;
  #samples: (() => Iterable<Sample>) | undefined;
  #text: Buffer = Buffer.alloc(0);
  #freshUntilMs = 0;

  constructor(address: ListenAddress) {
    this.#address = address;
    this.#server.on("connection", (socket) => this.#limit(socket));
    this.#server.on("request", (request, response) => this.#answer(request, response));
  }

  /** Begins to listen. Gives a sentence without a full stop when it cannot. Until `show` it answers that there is nothing yet. */
  async listen(): Promise<string | undefined> {
    const { place } = this.#address;
    if ("path" in place && Buffer.byteLength(place.path) > pathBytesMax)
      return this.#refusal(`its path has more than ${pathBytesMax} bytes`);
    try {
      if ("path" in place) await removeLeftSocket(place.path);
      this.#server.listen(place);
      await once(this.#server, "listening");
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      return this.#refusal(reasonOf(error, place));
    }
    // That a connection cannot be taken, as when too many files are open, concerns only whoever wanted it.
    this.#server.on("error", () => {});
    const bound = this.#server.address();
    if (typeof bound === "object" && bound !== null) this.#address = this.#address.withPort(bound.port);
    return undefined;
  }

  #refusal(reason: string): string {
    return `metrics cannot be served on ${this.#address}: ${reason}; --metrics names another address`;
  }

  /** Where it listens, as a sentence without a full stop. */
  get remark(): string {
    const isPath = "path" in this.#address.place;
    return `metrics are served on ${isPath ? this.#address : `http://${this.#address}/metrics`}`;
  }

  /** What is answered from now on. To be asked for whenever someone wants to know. */
  show(samples: () => Iterable<Sample>): void {
    this.#samples = samples;
  }

  /** Ends it at once, whoever is connected. */
  close(): void {
    this.#server.close();
    for (const connection of this.#connections) connection.destroy();
  }

  #limit(socket: Socket): void {
    const timer = setTimeout(() => socket.destroy(), connectionMs);
    socket.once("close", () => {
      clearTimeout(timer);
      this.#connections.delete(socket);
    });
    this.#connections.add(socket);
    const [oldest] = this.#connections;
    if (oldest === undefined || this.#connections.size <= connectionsMax) return;
    this.#connections.delete(oldest);
    oldest.destroy();
  }

  #answer({ method, url = "" }: IncomingMessage, response: ServerResponse): void {
    response.shouldKeepAlive = false;
    if (url.split("?", 1)[0] !== "/metrics") refuse(response, 404, "not found; there is only /metrics");
    else if (method !== "GET" && method !== "HEAD") {
      response.setHeader("Allow", "GET, HEAD");
      refuse(response, 405, "only GET and HEAD are answered");
    } else if (this.#samples === undefined) refuse(response, 503, "the program is still starting");
    else {
      const text = this.#textNow(this.#samples);
      if (text === undefined) refuse(response, 500, "the metrics cannot be read");
      else response.writeHead(200, headersFor(text, metricsContentType)).end(text);
    }
  }

  #textNow(samples: () => Iterable<Sample>): Buffer | undefined {
    if (performance.now() < this.#freshUntilMs) return this.#text;
    try {
      this.#text = Buffer.from(renderMetrics(samples()));
    } catch {
      // A mistake of ours, but no reason for rules to stop.
      return undefined;
    }
    this.#freshUntilMs = performance.now() + freshMs;
    return this.#text;
  }
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  const text = Buffer.from(`${reason}\n`);
  response.writeHead(status, headersFor(text, "text/plain; charset=utf-8")).end(text);
}

function headersFor(text: Buffer, type: string) {
  return { "Content-Type": type, "Content-Length": text.length };
}

/** A program that was killed leaves its socket in the file system. Removed is only one that nobody answers at. */
async function removeLeftSocket(path: string): Promise<void> {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return;
  if (!(await isAnswered(path))) unlinkSync(path);
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => end(true));
    socket.once("error", (error) => end(errorCode(error) !== "ECONNREFUSED"));
    socket.setTimeout(1000, () => end(true));
  });
}

function reasonOf(error: unknown, place: ListenAddress["place"]): string {
  const code = errorCode(error) ?? "";
  // libuv says of a socket's folder that is not there what it says of one that may not be written to.
  if (code === "EACCES" && "path" in place)
    return "its folder does not exist, or this user may not write to it";
  return sentences[code] ?? describeWriteError(error);
}

const sentences: Readonly<Record<string, string>> = {
  EACCES: "this user may not listen there",
  EADDRINUSE: "another program listens there",
  EADDRNOTAVAIL: "this host does not have that address",
  EAI_AGAIN: "the name of the host cannot be looked up now",
  ENOTFOUND: "there is no host of that name",
};
