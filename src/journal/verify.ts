/** Checks every record of a data directory, dead letters included; changes nothing, also beside a daemon. */
import type { Disk } from './disk.ts';
import { type Damage, examine } from './examine.ts';
import { letterFiles, type ReadFile } from './kept-letters.ts';

export type Verified = Readonly<{ files: number; records: number; bytes: number; damages: readonly Damage[] }>;

/** `live`: what is half written is no damage. */
export async function verify(disk: Disk, live: boolean): Promise<Verified> {
  const { directory, tallies, damages } = await examine(disk, live);
  const snapshots = [...directory.snapshots, ...directory.damagedSnapshots];
  const found: Damage[] = [...damages];
  let files = tallies.length + snapshots.length;
  let records = tallies.reduce((sum, tally) => sum + tally.records, 0);
  let bytes = [...tallies, ...snapshots].reduce((sum, file) => sum + file.bytes, 0);
  for await (const file of letterFiles(disk)) {
    files += 1;
    records += file.letters.length;
    bytes += file.size;
    found.push(...damagesOf(file).filter(({ kind }) => !live || kind !== 'torn'));
  }
  return { files, records, bytes, damages: found };
}

export async function damagedLetters(disk: Disk): Promise<readonly Damage[]> {
  const damages: Damage[] = [];
  for await (const file of letterFiles(disk)) damages.push(...damagesOf(file));
  return damages;
}

function damagesOf({ path: file, damaged, tornBytes, size }: ReadFile): readonly Damage[] {
  const corrupt = damaged.map(({ offset, bytes }): Damage => ({ kind: 'corrupt', file, offset, bytes, records: undefined }));
  return tornBytes === 0 ? corrupt : [...corrupt, { kind: 'torn', file, offset: size - tornBytes, bytes: tornBytes, records: 0 }];
}
