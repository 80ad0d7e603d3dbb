/** Makes of a batch what goes over the network: encoded and compressed once, however often it is sent. */
import type { Batch, Encoded, Encoding } from '../../data/batch.ts';
import { encodeTraces } from '../../otlp/codec.ts';
import { MEDIA_TYPE } from '../../otlp/media-type.ts';
import { piecesOf } from '../../otlp/merge.ts';
import { type Compression, compress } from './compression.ts';

export type Message = Readonly<{
  /** What was compressed. */
  sent: Encoded;
  body: Uint8Array;
  /** Of the body. */
  headers: Readonly<Record<string, string>>;
}>;

type MessageSettings = Readonly<{
  /** Unset: as it came. */
  encoding: Encoding | undefined;
  compression: Compression;
  level: number | undefined;
}>;

export class Messages {
  readonly #settings: MessageSettings;
  readonly #messageByBatch = new WeakMap<Batch, Promise<Message>>();

  constructor(settings: MessageSettings) {
    this.#settings = settings;
  }

  of(batch: Batch): Promise<Message> {
    const known = this.#messageByBatch.get(batch);
    if (known !== undefined) return known;
    const made = this.#make(batch);
    this.#messageByBatch.set(batch, made);
    made.catch(() => this.#messageByBatch.delete(batch)); // the next attempt may have more luck
    return made;
  }

  async #make(batch: Batch): Promise<Message> {
    const { encoding, compression, level } = this.#settings;
    if (batch.signal !== 'traces') throw new TypeError(`cannot send ${batch.signal}: this exporter takes traces`);
    const sent = encodeTraces(batch, encoding);
    const { body, headers } = await compress(piecesOf(sent), compression, level);
    return { sent, body, headers: { 'content-type': MEDIA_TYPE[sent.encoding], ...headers } };
  }
}
