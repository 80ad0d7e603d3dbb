/** Tells of records that were durable and are not what was written any more: counted and logged once, the file kept aside. */
import type { Diagnostics, Logger } from '../component/contract.ts';
import { quarantine } from './data-directory.ts';
import type { Disk } from './disk.ts';
import { segmentPath } from './segment.ts';
import type { Gap } from './survivors.ts';

export class Damages {
  readonly #disk: Disk;
  readonly #diagnostics: Diagnostics;
  readonly #logger: Logger;
  /** First records of what was told. */
  readonly #told = new Set<number>();

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
    await quarantine(this.#disk, file);
  }
}
