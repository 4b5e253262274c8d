/** What one side puts in and the other waits for. Has no limit of its own: who puts in must know how much may wait. */
export class BatchQueue<Batch> implements AsyncIterable<Batch> {
  readonly #waiting: Batch[] = [];
  #end: { readonly error?: Error } | undefined;
  #wake: (() => void) | undefined;

  push(batch: Batch): void {
    this.#waiting.push(batch);
    this.#wake?.();
  }

  /** After what waits, nothing more comes. */
  end(error?: Error): void {
    this.#end ??= error === undefined ? {} : { error };
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Batch, void> {
    for (;;) {
      const batch = this.#waiting.shift();
      if (batch !== undefined) yield batch;
      else if (this.#end?.error !== undefined) throw this.#end.error;
      else if (this.#end !== undefined) return;
      else await this.#somethingNew();
    }
  }

  #somethingNew(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
