/** Reads the fields of protobuf messages from the bytes of a stranger: every varint, length and text is checked. */
import { isUtf8 } from 'node:buffer';
import { IntakeError } from '../../component/errors.ts';
import { tooDense } from '../density.ts';
import { MAX_RECENT_BYTES, recentText } from './recent-texts.ts';
import { END_GROUP, FIXED32, FIXED64, LENGTH, START_GROUP, VARINT } from './wire-types.ts';

/** Of ten; one bit of it is left of the 64. */
const LAST_VARINT_BYTE = 9;
const MAX_TAG = 0xffff_ffff;
/** As deep as the stock libraries go. */
const MAX_GROUP_DEPTH = 100;

export class WireReader {
  /** Offset of the next byte. */
  at = 0;
  /** Offset after the message that is being read. */
  #end: number;
  readonly #bytes: Buffer;
  readonly #view: DataView;
  /** Messages that may still be entered. */
  #allowed: number;

  constructor(bytes: Uint8Array, messagesAllowed = Number.POSITIVE_INFINITY) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#end = bytes.length;
    this.#allowed = messagesAllowed;
  }

  /** Number and wire type of the next field; 0 at the end of the message. */
  tag(): number {
    if (this.at === this.#end) return 0;
    const tag = this.varint();
    if (tag < 8 || tag > MAX_TAG) throw malformed('a field number is out of range');
    return tag;
  }

  /** Enters a message; returns what `leave` needs to go on behind it. */
  enter(): number {
    this.#allowed -= 1;
    if (this.#allowed < 0) throw tooDense();
    const outerEnd = this.#end;
    const start = this.#take();
    this.#end = this.at;
    this.at = start;
    return outerEnd;
  }

  leave(outerEnd: number): void {
    this.#end = outerEnd;
  }

  skip(tag: number): void {
    switch (tag & 7) {
      case VARINT:
        this.varint();
        return;
      case FIXED64:
        this.#advance(8);
        return;
      case LENGTH:
        this.#take();
        return;
      case START_GROUP:
        this.#skipGroup(tag >>> 3);
        return;
      case FIXED32:
        this.#advance(4);
        return;
      default:
        throw malformed('a field has no valid wire type');
    }
  }

  #skipGroup(number: number): void {
    const open = [number];
    while (open.length > 0) {
      const tag = this.tag();
      if (tag === 0) throw malformed('a group has no end');
      if ((tag & 7) === START_GROUP) {
        if (open.push(tag >>> 3) > MAX_GROUP_DEPTH) throw malformed('groups are nested too deeply');
      } else if ((tag & 7) !== END_GROUP) this.skip(tag);
      else if (open.pop() !== tag >>> 3) throw malformed('a group ends that was not begun');
    }
  }

  /** Rounded above 2^53. */
  varint(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    let weight = 0x80;
    for (let count = 1; count <= LAST_VARINT_BYTE; count++) {
      const byte = this.#byte();
      value += (byte & 0x7f) * weight;
      if (byte < (count < LAST_VARINT_BYTE ? 0x80 : 2)) return value;
      weight *= 0x80;
    }
    throw malformed('a varint has more than 64 bits');
  }

  uint32(): number {
    const start = this.at;
    const value = this.varint();
    return Number.isSafeInteger(value) ? value % 2 ** 32 : Number(BigInt.asUintN(32, this.#exactVarint(start)));
  }

  /** Decimal text where a number would lose digits. */
  int64(): number | string {
    const start = this.at;
    const value = this.varint();
    if (Number.isSafeInteger(value)) return value;
    const exact = BigInt.asIntN(64, this.#exactVarint(start));
    const rounded = Number(exact);
    return Number.isSafeInteger(rounded) ? rounded : String(exact);
  }

  fixed32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  fixed64(): bigint {
    return this.#view.getBigUint64(this.#advance(8), true);
  }

  double(): number {
    return this.#view.getFloat64(this.#advance(8), true);
  }

  bytes(): Buffer {
    const start = this.#take();
    return this.#bytes.subarray(start, this.at);
  }

  /** Bytes as hexadecimal text. */
  hex(): string {
    const start = this.#take();
    return this.#bytes.toString('hex', start, this.at);
  }

  text(): string {
    const short = this.shortText();
    if (short !== undefined) return short;
    const start = this.takeText();
    return this.slice(start, this.at);
  }

  /** Undefined, and nothing is read, unless it is short and ASCII: then it is likely the same as one before. */
  shortText(): string | undefined {
    const length = this.#bytes[this.at] ?? 0;
    const start = this.at + 1;
    if (length === 0 || length > MAX_RECENT_BYTES || start + length > this.#end) return undefined;
    const text = recentText(this.#bytes, this.#view, start, start + length);
    if (text !== undefined) this.at = start + length;
    return text;
  }

  /** Passes over a text that is valid UTF-8 and returns its offset, for `slice`. */
  takeText(): number {
    const start = this.#take();
    if (!isUtf8(this.#bytes.subarray(start, this.at))) throw malformed('a text is not valid UTF-8');
    return start;
  }

  slice(start: number, end: number): string {
    return this.#bytes.toString('utf8', start, end);
  }

  #exactVarint(start: number): bigint {
    let value = 0n;
    for (let at = this.at - 1; at >= start; at--) value = (value << 7n) | BigInt(this.#view.getUint8(at) & 0x7f);
    return value;
  }

  #byte(): number {
    if (this.at >= this.#end) throw malformed('it ends inside a field');
    return this.#view.getUint8(this.at++);
  }

  /** Passes over a length and as many bytes; returns their offset. */
  #take(): number {
    return this.#advance(this.varint());
  }

  /** Returns the offset before. */
  #advance(count: number): number {
    const start = this.at;
    if (count > this.#end - start) throw malformed('a field is longer than what holds it');
    this.at = start + count;
    return start;
  }
}

function malformed(cause: string): IntakeError {
  return new IntakeError('malformed', `cannot decode the body: it is not valid protobuf: ${cause}`);
}
