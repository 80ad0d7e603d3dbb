/** Reads the dead letters of a data directory, also those that a daemon is adding to. */
import { codeOf, type Disk } from './disk.ts';
import {
  DEAD_FOLDER,
  exporterOf,
  type KeptLetter,
  type LetterFile,
  letterPath,
  readLetters,
  removeLetters,
} from './letter-file.ts';
import { firstOf } from './segment.ts';

export type ReadFile = LetterFile & Readonly<{ path: string; exporter: string }>;

/** File by file, by exporter, oldest first. */
export async function* letterFiles(disk: Disk): AsyncGenerator<ReadFile> {
  for (const { exporter, path } of await pathsIn(disk)) {
    const file = await readLetters(disk, path);
    if (file !== undefined) yield { ...file, path, exporter };
  }
}

async function pathsIn(disk: Disk): Promise<readonly Readonly<{ exporter: string; path: string }>[]> {
  const paths: { exporter: string; path: string }[] = [];
  for (const folder of await namesIn(disk, DEAD_FOLDER)) {
    const exporter = exporterOf(folder);
    if (exporter === undefined) continue;
    const firsts = (await namesIn(disk, `${DEAD_FOLDER}/${folder}`)).flatMap((name) => firstOf(name) ?? []);
    paths.push(...firsts.map((first) => ({ exporter, path: letterPath(exporter, first) })));
  }
  return paths.toSorted((one, other) => (one.path < other.path ? -1 : 1));
}

async function namesIn(disk: Disk, folder: string): Promise<readonly string[]> {
  try {
    return await disk.list(folder);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return [];
    throw error;
  }
}

/** Of those that are wanted, what `map` makes of them, oldest first. */
export async function mapLetters<T>(
  disk: Disk,
  wanted: (letter: KeptLetter) => boolean,
  map: (letter: KeptLetter) => T,
): Promise<readonly T[]> {
  const found: { seq: number; value: T }[] = [];
  for await (const { letters } of letterFiles(disk)) {
    found.push(...letters.filter(wanted).map((letter) => ({ seq: letter.seq, value: map(letter) })));
  }
  return found.toSorted((one, other) => one.seq - other.seq).map(({ value }) => value);
}

/** Files in which letters are damaged: those are not among the others. */
export async function damagedFiles(disk: Disk, exporter: string | undefined): Promise<readonly string[]> {
  const paths: string[] = [];
  for await (const file of letterFiles(disk)) {
    if (file.damaged.length > 0 && (exporter === undefined || file.exporter === exporter)) paths.push(file.path);
  }
  return paths;
}

/** Only where no daemon is: one that has them open is asked to. */
export async function deleteLetters(disk: Disk, goes: (letter: KeptLetter) => boolean): Promise<void> {
  for (const { path } of await pathsIn(disk)) await removeLetters(disk, path, goes);
}
