import { ProcConnector } from "../netlink/proc-connector.ts";
import { type NetlinkOptions, RunningNetlink, seenInProc } from "./running-netlink.ts";
import type { RunningSource, Source } from "./source.ts";

/** The kernel's proc connector, which misses no event and says nothing but ids, with a look into `/proc` for each. */
export class ProcConnectorSource implements Source {
  readonly name = "proc-connector";
  readonly sees = seenInProc;
  readonly #options: NetlinkOptions;

  constructor(options: NetlinkOptions = {}) {
    this.#options = options;
  }

  async start(): Promise<RunningSource> {
    return new RunningNetlink("proc connector", this.#options, ProcConnector.open());
  }
}
