/** Keeps what destinations have refused for good, each exporter's in files of its own, until a person looks at it. */
import type { Diagnostics, Logger } from '../component/contract.ts';
import type { Encoded, Signal } from '../data/batch.ts';
import { codeOf, type Disk, type DiskFile } from './disk.ts';
import type { Losses } from './losses.ts';
import { encodeFlags } from './payload.ts';
import { encodeRecord, RECORD_HEADER_BYTES, RECORD_TYPE } from './record.ts';
import { encodeSegmentHeader, firstOf, type JournalIdentity, SEGMENT_HEADER_BYTES } from './segment.ts';

export type Letter = Readonly<{
  exporter: string;
  timeMs: number;
  signal: Signal;
  body: Encoded;
  spans: number;
  reason: string;
}>;

export type DeadLetterHost = Readonly<{
  disk: Disk;
  diagnostics: Diagnostics;
  logger: Logger;
  losses: Losses;
  now: () => number;
  randomBytes: (count: number) => Buffer;
}>;

type File = { readonly first: number; readonly path: string; bytes: number; spans: number };
type Box = { readonly folder: string; readonly files: File[]; open: DiskFile | undefined; next: number; last: Promise<void> };

const FOLDER = 'dead';
const MAX_BYTES = 1_073_741_824;
const MAX_FILE_BYTES = 67_108_864;
const MAX_REASON_CHARACTERS = 1_024;

/** A directory that cannot be written is a fault of the letter, and so of the cursor that waits for it. */
export class DeadLetterLog {
  readonly #host: DeadLetterHost;
  readonly #identity: JournalIdentity;
  readonly #maxBytes: number;
  readonly #boxByExporter = new Map<string, Promise<Box>>();

  constructor(host: DeadLetterHost, maxBytes = MAX_BYTES) {
    this.#host = host;
    this.#identity = { id: host.randomBytes(16), key: host.randomBytes(4).readUInt32LE() };
    this.#maxBytes = maxBytes;
  }

  /** Durable when it resolves: only then may the cursor pass it. */
  async keep(letter: Letter): Promise<void> {
    const { exporter, spans, reason } = letter;
    let opening = this.#boxByExporter.get(exporter);
    if (opening === undefined) {
      opening = this.#open(exporter);
      this.#boxByExporter.set(exporter, opening);
      opening.catch(() => this.#boxByExporter.delete(exporter));
    }
    const box = await opening;
    // One after the other, also when an earlier one failed.
    const kept = box.last.then(() => this.#write(box, letter));
    box.last = kept.catch(() => undefined);
    await kept;
    this.#host.diagnostics.count('spanmeter_dead_letter_spans_total', { exporter }, spans);
    this.#host.logger.error('spans will never be delivered; they are kept as a dead letter', { exporter, spans, reason });
  }

  async close(): Promise<void> {
    for (const opening of this.#boxByExporter.values()) {
      const box = await opening;
      await box.last;
      await box.open?.close();
      box.open = undefined;
    }
  }

  async #open(exporter: string): Promise<Box> {
    const { disk } = this.#host;
    const folder = `${FOLDER}/${encodeURIComponent(exporter)}`;
    await disk.makeDir(FOLDER);
    await disk.makeDir(folder);
    await disk.syncDir(FOLDER);
    const files: File[] = [];
    for (const name of (await disk.list(folder)).toSorted()) {
      const first = firstOf(name);
      if (first === undefined) continue;
      const file = await disk.open(`${folder}/${name}`, 'read');
      files.push({ first, path: `${folder}/${name}`, bytes: await file.size(), spans: 0 });
      await file.close();
    }
    return {
      folder,
      files,
      open: undefined,
      next: Math.max(this.#host.now(), (files.at(-1)?.first ?? 0) + 1),
      last: Promise.resolve(),
    };
  }

  async #write(box: Box, letter: Letter): Promise<void> {
    const { exporter, timeMs, signal, body, spans, reason } = letter;
    const head = Buffer.from(JSON.stringify({ exporter, spans, reason: reason.slice(0, MAX_REASON_CHARACTERS) }));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(head.length);
    const payload = [length, head, body.bytes];
    const flags = encodeFlags({ encoded: body, batch: { signal } });
    const header = encodeRecord(
      { type: RECORD_TYPE.deadLetter, flags, seq: box.next, synced: 0, timeMs },
      payload,
      this.#identity.key,
    );
    const bytes = RECORD_HEADER_BYTES + length.length + head.length + body.bytes.byteLength;
    const { file, current } = await this.#fileFor(box, bytes);
    try {
      await file.write([header, ...payload], current.bytes);
      await file.sync();
    } catch (error) {
      // What a failed sync has left is not to be believed: the next letter begins a file.
      box.open = undefined;
      await file.close();
      throw failed(error);
    }
    box.next += 1;
    current.bytes += bytes;
    current.spans += spans;
  }

  async #fileFor(box: Box, bytes: number): Promise<{ file: DiskFile; current: File }> {
    const { disk } = this.#host;
    const newest = box.files.at(-1);
    if (box.open !== undefined && newest !== undefined && newest.bytes + bytes <= MAX_FILE_BYTES) {
      return { file: box.open, current: newest };
    }
    await box.open?.close();
    box.open = undefined;
    await this.#makeRoom(box, bytes);
    const first = box.next;
    box.next += 1; // a name is used once, whatever comes of it
    const path = `${box.folder}/${String(first).padStart(16, '0')}.log`;
    const file = await disk.open(path, 'create');
    try {
      await file.write([encodeSegmentHeader({ identity: this.#identity, first })], 0);
      await file.sync();
      await disk.syncDir(box.folder);
    } catch (error) {
      await file.close();
      throw failed(error);
    }
    const current: File = { first, path, bytes: SEGMENT_HEADER_BYTES, spans: 0 };
    box.files.push(current);
    box.open = file;
    return { file, current };
  }

  /** The oldest go. */
  async #makeRoom(box: Box, bytes: number): Promise<void> {
    const total = () => box.files.reduce((sum, file) => sum + file.bytes, bytes);
    for (let oldest = box.files[0]; oldest !== undefined && total() > this.#maxBytes; oldest = box.files[0]) {
      await this.#host.disk.unlink(oldest.path);
      box.files.shift();
      const exporter = decodeURIComponent(box.folder.slice(FOLDER.length + 1));
      this.#host.losses.count(exporter, 'dead_letters_full', oldest.spans);
    }
  }
}

function failed(cause: unknown): Error {
  return new Error(`cannot keep a dead letter: ${codeOf(cause) ?? cause}`, { cause });
}
