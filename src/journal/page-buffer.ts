/** Memory into which one page of the log after the other is read. */

export class PageBuffer {
  /** Of a page, unless a single record needs more. */
  readonly pageBytes: number;
  #bytes = Buffer.alloc(0);

  constructor(pageBytes: number) {
    this.pageBytes = pageBytes;
  }

  /** What it held is gone. */
  take(bytes: number): Buffer {
    if (bytes > this.#bytes.length) this.#bytes = Buffer.allocUnsafeSlow(bytes);
    return this.#bytes.subarray(0, bytes);
  }
}
