/** A journal on the model disk, started again and again by tests that damage what lies there. */
import assert from 'node:assert/strict';
import type { Reader } from '../../../src/journal/contract.ts';
import type { DiskJournal } from '../../../src/journal/journal.ts';
import { type Choose, ModelDisk } from '../../fault/model-disk.ts';
import { costOf, MoneyFold, sumOf } from '../../fault/money-fold.ts';
import { diskJournal } from '../../helpers/disk-journal.ts';
import { batchOf, graphOf, never, spanOf } from '../../helpers/journal-rig.ts';
import type { Observer } from '../../helpers/observer.ts';

export type Running = Readonly<{ journal: DiskJournal; observer: Observer; fold: MoneyFold; reader: Reader }>;

export type Options = Parameters<typeof diskJournal>[0];

/** All that a power cut leaves undone is done. */
export const keepAll: Choose = () => 2;
export const loseAll: Choose = () => 0;

export function create(disk: ModelDisk, options: Partial<Options> = {}): Running {
  const { journal, observer } = diskJournal({ disk: disk.session(), segmentBytes: 4_096, ...options });
  const fold = new MoneyFold();
  const reader = journal.bind(graphOf([fold], ['tempo'])).get('tempo')!;
  return { journal, observer, fold, reader };
}

export async function start(disk: ModelDisk, options: Partial<Options> = {}): Promise<Running> {
  const running = create(disk, options);
  await running.journal.start();
  return running;
}

export function append({ journal }: Pick<Running, 'journal'>, ...ids: readonly number[]) {
  return journal.append([{ pipelines: ['traces'], batch: batchOf(...ids.map((id) => spanOf(id, costOf(id)))) }]);
}

/** A process that took these spans, one request each, and was killed. */
export async function filled(ids: readonly number[], options: Partial<Options> = {}): Promise<ModelDisk> {
  const disk = new ModelDisk();
  const running = await start(disk, options);
  for (const id of ids) await append(running, id);
  disk.restart(loseAll);
  return disk;
}

export function copyOf(disk: ModelDisk): ModelDisk {
  const copy = new ModelDisk();
  for (const [path, content] of disk.files) copy.put(path, content);
  return copy;
}

export function assertCounted({ fold }: Running, ids: readonly number[]): void {
  assert.deepEqual(
    [...fold.countByName],
    ids.map((id) => [String(id), 1]),
  );
  assert.equal(fold.total, sumOf(ids));
}

/** Newest last. */
export function segmentsOf(disk: ModelDisk): readonly string[] {
  return [...disk.files.keys()].filter((path) => /^journal\/\d{16}\.log$/.test(path)).toSorted();
}

export function snapshotsOf(disk: ModelDisk): readonly string[] {
  return [...disk.files.keys()].filter((path) => path.includes('snapshot-')).toSorted();
}

export const IDS = Array.from({ length: 40 }, (_, index) => index + 1);

export function damage(disk: ModelDisk, path: string, at: number): void {
  const content = Buffer.from(disk.files.get(path)!);
  content[at]! ^= 0xff;
  disk.put(path, content);
}

/** Two snapshots, and records behind them. */
export async function snapshotted(): Promise<ModelDisk> {
  const disk = await filled(IDS.slice(0, 20));
  for (const part of [IDS.slice(20, 30), IDS.slice(30, 38)]) {
    const running = await start(disk);
    for (const id of part) await append(running, id);
    await running.journal.close(never);
    disk.restart(loseAll);
  }
  const running = await start(disk);
  for (const id of IDS.slice(38)) await append(running, id);
  disk.restart(loseAll);
  return disk;
}
