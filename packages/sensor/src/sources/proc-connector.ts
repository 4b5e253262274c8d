import { openProcConnector } from "../netlink/proc-connector.ts";
import { type NetlinkOptions, RunningNetlink } from "./running-netlink.ts";
import type { RunningSource, Sees, Source } from "./source.ts";

/** The kernel's proc connector, which misses no event and says nothing but ids, with a look into `/proc` for each. */
export class ProcConnectorSource implements Source {
  readonly name = "proc-connector";
  readonly sees: Sees = {
    args: "some",
    tty: "some",
    sid: "some",
    container: "some",
    env: "some",
    network: "none",
    files: "none",
    lossCounter: true,
  };
  readonly #options: NetlinkOptions;

  constructor(options: NetlinkOptions = {}) {
    this.#options = options;
  }

  async start(): Promise<RunningSource> {
    return new RunningNetlink("proc connector", this.#options, openProcConnector());
  }
}
