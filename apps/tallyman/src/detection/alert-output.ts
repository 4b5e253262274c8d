import type { Alert, AlertSink } from "@tallyman/engine";
import { type AlertFormat, type AlertWriter, createAlertWriter } from "../output/alert-writer.ts";
import { ClosedPipe, OutputError } from "../output/output-error.ts";
import type { Output } from "../output/output-stream.ts";
import type { Terminal } from "../output/terminal.ts";

/** The alerts of a live run as they are printed, with what became of that. */
export class AlertOutput implements AlertSink {
  readonly #output: Output;
  readonly #writer: AlertWriter;
  #failure: OutputError | ClosedPipe | undefined;
  #hasWritten = false;

  constructor(format: AlertFormat, output: Output, terminal: Terminal) {
    this.#output = output;
    this.#writer = createAlertWriter(format, output, terminal);
  }

  /** Why not all could be written. */
  get failure(): OutputError | ClosedPipe | undefined {
    return this.#failure;
  }

  /** Whether there was any alert. */
  get hasWritten(): boolean {
    return this.#hasWritten;
  }

  /** Alerts that the format does not show. */
  get hidden(): number {
    return this.#writer.hidden;
  }

  write(alert: Alert): void {
    this.#hasWritten = true;
    this.#noting(() => this.#writer.write(alert));
  }

  /** Hands on what waits. */
  flush(): void {
    this.#noting(() => this.#output.flush());
  }

  close(): void {
    this.#noting(() => this.#writer.close());
  }

  #noting(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof OutputError || error instanceof ClosedPipe)) throw error;
      this.#failure ??= error;
    }
  }
}
