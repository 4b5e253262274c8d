import { spawn } from "node:child_process";
import { once } from "node:events";
import { errorCode } from "../output/output-error.ts";
import type { SpooledAlert } from "../spool/spooled-alert.ts";
import { type Delivery, type Destination, delivered } from "./destination.ts";
import { networkProblem } from "./network-problem.ts";
import { StreamSyslog, type StreamSyslogOptions } from "./stream-syslog.ts";
import { messageText, priorityOf } from "./syslog-message.ts";

/**
 * A local socket such as /dev/log. Some are streams, which are used as such. Most take datagrams, to which Node cannot talk: `logger`, a part of every
 * Linux distribution, does that then, and writes its own header, so that the structured data and the time of the event are only in the message.
 */
export class LocalSyslog implements Destination {
  readonly #options: StreamSyslogOptions;
  readonly #path: string;
  readonly #stream: StreamSyslog;
  #takesDatagrams = false;

  constructor(options: StreamSyslogOptions, path: string) {
    this.#options = options;
    this.#path = path;
    this.#stream = new StreamSyslog(options, { kind: "unix", path });
  }

  async deliver(alerts: readonly SpooledAlert[], signal: AbortSignal): Promise<Delivery> {
    if (!this.#takesDatagrams) {
      const delivery = await this.#stream.deliver(alerts, signal);
      if (!this.#stream.takesDatagrams) return delivery;
      this.#takesDatagrams = true;
    }
    const problem = await this.#log(alerts, signal);
    return problem === undefined ? delivered : { kind: "later", reason: problem };
  }

  async close(): Promise<void> {
    await this.#stream.close();
  }

  /** Gives the reason when it did not work. */
  async #log(alerts: readonly SpooledAlert[], signal: AbortSignal): Promise<string | undefined> {
    const { appName, facility, messageBytesMax, processId, timeoutMs } = this.#options;
    const child = spawn(
      "logger",
      [
        ...["--socket", this.#path, "--rfc5424=notq", "--prio-prefix", "--socket-errors=on"],
        ...[
          "--tag",
          appName,
          `--id=${processId}`,
          "--msgid",
          "alert",
          "--size",
          String(messageBytesMax + 1024),
        ],
      ],
      // Whoever has the socket may have stopped to read from it.
      { stdio: ["pipe", "ignore", "pipe"], signal, timeout: timeoutMs },
    );
    let words = "";
    child.stderr.on("data", (chunk: Buffer) => {
      words = (words + chunk.toString("utf8")).slice(0, 500);
    });
    child.stdin.on("error", () => {});
    const lines = alerts.map(
      (alert) => `<${priorityOf(alert, facility)}>${messageText(alert, messageBytesMax)}\n`,
    );
    child.stdin.end(lines.join(""));
    try {
      const [status] = await once(child, "close");
      if (status === 0) return undefined;
      if (status === null) return `unix://${this.#path} takes nothing within ${timeoutMs / 1000} s`;
      return `unix://${this.#path} is not taken by logger: ${words.trim().replace(/^logger: /, "")}`;
    } catch (error) {
      const why = errorCode(error) === "ENOENT" ? "it is not installed" : networkProblem(error);
      return `unix://${this.#path} takes datagrams, for which 'logger' is needed: ${why}`;
    }
  }
}
