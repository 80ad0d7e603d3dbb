/** Tells of what was durable and is not what was written any more: counted and logged once, the file kept aside. */
import type { Diagnostics, Logger } from '../component/contract.ts';
import { codeOf, type Disk, isBroken } from './disk.ts';
import type { Hole } from './holes.ts';
import { quarantine, setAside } from './quarantine.ts';
import { segmentPath } from './segment.ts';
import { snapshotPath } from './snapshot-file.ts';
import type { Gap } from './survivors.ts';

export class Damages {
  readonly #disk: Disk;
  readonly #diagnostics: Diagnostics;
  readonly #logger: Logger;
  /** First records of what was told. */
  readonly #told = new Set<number>();
  /** File and place. */
  readonly #toldLetters = new Set<string>();

  constructor({ disk, diagnostics, logger }: Readonly<{ disk: Disk; diagnostics: Diagnostics; logger: Logger }>) {
    this.#disk = disk;
    this.#diagnostics = diagnostics;
    this.#logger = logger;
  }

  async tell({ from, to, segment, offset }: Gap): Promise<void> {
    if (this.#told.has(from)) return;
    this.#told.add(from);
    const records = to - from + 1;
    const file = segmentPath(segment);
    this.#diagnostics.count('spanmeter_journal_corrupt_records_total', {}, records);
    this.#logger.error('records of the journal are damaged; the file is kept in quarantine', {
      file,
      offset,
      first_record: from,
      records,
    });
    await this.keep(file, quarantine);
  }

  /** Its records can still be read. */
  async tellHeader(segment: number): Promise<void> {
    const file = segmentPath(segment);
    this.#logger.error('the header of a segment is damaged; the file is kept in quarantine', { file });
    await this.keep(file, quarantine);
  }

  async tellSnapshot(number: number): Promise<void> {
    const file = snapshotPath(number);
    this.#logger.error('a snapshot is damaged; it is kept in quarantine', { file });
    await this.keep(file, setAside);
  }

  /** Each place counts as one record: how many letters were there, nobody can tell. */
  async tellLetters(file: string, damaged: readonly Hole[]): Promise<void> {
    const news = damaged.filter(({ offset }) => !this.#toldLetters.has(`${file} ${offset}`));
    for (const { offset, bytes } of news) {
      this.#toldLetters.add(`${file} ${offset}`);
      this.#diagnostics.count('spanmeter_journal_corrupt_records_total', {});
      this.#logger.error('dead letters are damaged; the file is kept in quarantine', { file, offset, bytes });
    }
    if (news.length > 0) await this.keep(file, quarantine);
  }

  /** What cannot be kept aside, on a full disk for one, is no reason to do without what is whole. */
  async keep(file: string, how: (disk: Disk, path: string) => Promise<void>): Promise<void> {
    try {
      await how(this.#disk, file);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return; // it is the file that is missing
      if (isBroken(error)) throw error;
      this.#logger.error('cannot keep a damaged file in quarantine; it stays where it is', { file, error });
    }
  }
}
