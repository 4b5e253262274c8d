import type { Alert, AlertSink } from "@tallyman/engine";
import { startAlertTable } from "./alert-table.ts";
import { jsonLine } from "./json-line.ts";
import type { Output } from "./output-stream.ts";
import type { Terminal } from "./terminal.ts";

/** What `--format` can be. */
export type AlertFormat = "table" | "ndjson" | "json";

/** Writes alerts to an output. Fails as the output does. */
export interface AlertWriter extends AlertSink {
  /** Alerts that were not written, since they are building blocks for other rules and the format is for people. */
  readonly hidden: number;
  /** Completes what was begun and closes the output; to be called however the work ended. */
  close(): void;
}

export function createAlertWriter(format: AlertFormat, output: Output, terminal: Terminal): AlertWriter {
  switch (format) {
    case "table":
      return writeTable(output, terminal);
    case "ndjson":
      return writeNdjson(output);
    case "json":
      return writeJson(output);
  }
}

/** As Elastic Security does, the table leaves out building blocks, save for the events of a sequence, which it shows in its alert. */
function writeTable(output: Output, terminal: Terminal): AlertWriter {
  const table = startAlertTable(terminal);
  let hidden = 0;
  return {
    write(alert) {
      if (isPartOfSequence(alert)) table.hold(alert);
      else if (isBuildingBlock(alert)) hidden += alert.isUpdate ? 0 : 1;
      else output.write(alert.isUpdate ? table.renderUpdate(alert) : table.render(alert));
    },
    get hidden() {
      return hidden;
    },
    close: () => output.close(),
  };
}

function writeNdjson(output: Output): AlertWriter {
  return {
    write: ({ document }) => output.write(`${jsonLine(document)}\n`),
    hidden: 0,
    close: () => output.close(),
  };
}

/** One array with an alert on each line. */
function writeJson(output: Output): AlertWriter {
  let isEmpty = true;
  let isClosed = false;
  return {
    write({ document }) {
      // The bracket or comma travels with the alert: whatever is written, a closing bracket makes it whole.
      output.write(`${isEmpty ? "[\n" : ",\n"}${jsonLine(document)}`);
      isEmpty = false;
    },
    hidden: 0,
    close() {
      if (isClosed) return;
      isClosed = true;
      try {
        output.write(isEmpty ? "[]\n" : "\n]\n", 0);
      } finally {
        output.close();
      }
    },
  };
}

function isBuildingBlock({ document }: Alert): boolean {
  return document["kibana.alert.building_block_type"] !== undefined;
}

function isPartOfSequence({ document }: Alert): boolean {
  return document["kibana.alert.group.index"] !== undefined;
}
