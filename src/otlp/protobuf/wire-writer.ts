/** Writes protobuf back to front: once the content of a message stands there its length is known, and goes before it. */
const FIRST_BYTES = 4096;

/** What writes returns true, for a form to say that it did. */
export class WireWriter {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  /** Offset of the first byte that is written. */
  #at = FIRST_BYTES;

  /** Bytes written so far. */
  get length(): number {
    return this.#bytes.length - this.#at;
  }

  /** A copy, so that nothing keeps the spare room alive. */
  finish(): Uint8Array {
    return new Uint8Array(this.#bytes.subarray(this.#at));
  }

  text(text: string): true {
    const at = this.#reserve(Buffer.byteLength(text));
    this.#bytes.write(text, at);
    return true;
  }

  bytes(bytes: Uint8Array): true {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
    return true;
  }

  /** A whole number from 0 to 2^53. */
  varint(value: number): true {
    let length = 1;
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length += 1;
    let at = this.#reserve(length);
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#bytes[at++] = (rest % 0x80) | 0x80;
    this.#bytes[at] = rest;
    return true;
  }

  /** A negative one takes ten bytes. */
  int64(value: number | bigint): true {
    if (typeof value === 'number' && value >= 0 && Number.isSafeInteger(value)) return this.varint(value);
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
    return this.bytes(Uint8Array.from([...bytes, Number(rest)]));
  }

  fixed32(value: number): true {
    const at = this.#reserve(4);
    this.#bytes.writeUInt32LE(value, at);
    return true;
  }

  fixed64(value: bigint): true {
    const at = this.#reserve(8);
    this.#bytes.writeBigUInt64LE(value, at);
    return true;
  }

  double(value: number): true {
    const at = this.#reserve(8);
    this.#bytes.writeDoubleLE(value, at);
    return true;
  }

  /** Makes room for as many bytes in front of what is written, and returns their offset. */
  #reserve(count: number): number {
    if (count > this.#at) this.#grow(count);
    this.#at -= count;
    return this.#at;
  }

  #grow(count: number): void {
    const written = this.#bytes.subarray(this.#at);
    this.#bytes = Buffer.allocUnsafe(2 * this.#bytes.length + count);
    this.#at = this.#bytes.length - written.length;
    this.#bytes.set(written, this.#at);
  }
}
