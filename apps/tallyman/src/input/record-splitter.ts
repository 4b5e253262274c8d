import { DocumentSplitter } from "./document-splitter.ts";
import { GatheredBytes } from "./gathered-bytes.ts";
import { findLayout } from "./layout.ts";
import { LineSplitter } from "./line-splitter.ts";
import type { RawRecord, Splitter } from "./raw-record.ts";

/** A text that does not show its layout up to here has one very long first line: that is read like documents, which fits both. */
const layoutBytesMax = 1 << 20;
const lineFeed = 0x0a;

/**
 * Cuts a text into records by the layout that its beginning shows. Of a record that is longer than the limit only the size is
 * told; it is never held.
 */
export class RecordSplitter implements Splitter {
  readonly #recordBytesMax: number;
  /** What was pushed before the layout showed, and how much of that was looked at. */
  readonly #beginning = new GatheredBytes(Number.POSITIVE_INFINITY);
  #triedBytes = 0;
  #splitter: Splitter | undefined;

  constructor(recordBytesMax: number) {
    this.#recordBytesMax = recordBytesMax;
  }

  push(chunk: Buffer): void {
    if (this.#splitter !== undefined) {
      this.#splitter.push(chunk);
      return;
    }
    this.#beginning.add(chunk);
    // A text that drips in is looked at again when a line ends or it has doubled, so that the work stays linear.
    if (chunk.includes(lineFeed) || this.#beginning.count >= 2 * this.#triedBytes) this.#findLayout(false);
  }

  end(): void {
    this.#findLayout(true);
    this.#splitter?.end();
  }

  next(): RawRecord | undefined {
    return this.#splitter?.next();
  }

  #findLayout(hasEnded: boolean): void {
    if (this.#splitter !== undefined) return;
    const text = this.#beginning.view();
    this.#triedBytes = text.length;
    const isLong = text.length >= layoutBytesMax;
    const layout = findLayout(text.subarray(0, layoutBytesMax), hasEnded && !isLong);
    if (layout === undefined && !isLong) return;
    this.#splitter =
      layout === "lines"
        ? new LineSplitter(this.#recordBytesMax)
        : new DocumentSplitter(this.#recordBytesMax);
    this.#splitter.push(text);
    this.#beginning.clear();
  }
}
