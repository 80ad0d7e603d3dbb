/** Gives up what is damaged, so that a daemon that refused a data directory can start and go on counting. Under its lock. */
import { removeLeftovers } from './data-directory.ts';
import type { Disk } from './disk.ts';
import { type Damage, type Examination, examine } from './examine.ts';
import { letterFiles } from './kept-letters.ts';
import { rewriteLetters } from './letter-file.ts';
import { quarantine, setAside } from './quarantine.ts';
import { type JournalIdentity, LOG_FOLDER, rewriteSegment, SEGMENT_HEADER_BYTES, segmentPath } from './segment.ts';
import { snapshotPath } from './snapshot-file.ts';
import { type Gap, gapRecord } from './survivors.ts';
import { damagedLetters } from './verify.ts';

/** Every step may be repeated: a crash costs nothing but another run. What is given up stays in quarantine. */
export async function repair(disk: Disk): Promise<readonly Damage[]> {
  const examined = await examine(disk, false);
  const damages = [...examined.damages, ...(await damagedLetters(disk))];
  const { identity } = examined.directory;
  await removeLeftovers(disk);
  if (identity === undefined) await setAsideSegments(disk, examined);
  else await rewriteSegments(disk, examined, identity);
  // What is left of the log reaches back to its start now, though with gaps.
  for (const { number } of examined.directory.damagedSnapshots) await setAside(disk, snapshotPath(number));
  await rewriteDamagedLetters(disk);
  return damages.filter(({ kind }) => kind !== 'torn');
}

/** Nothing in them can be told from other bytes. */
async function setAsideSegments(disk: Disk, { directory: { segments } }: Examination): Promise<void> {
  for (const { first } of segments) {
    await setAside(disk, segmentPath(first));
  }
  await disk.syncDir(LOG_FOLDER);
}

async function rewriteSegments(
  disk: Disk,
  { directory, log, lost, synced }: Examination,
  identity: JournalIdentity,
): Promise<void> {
  const { segments, damagedSegments } = directory;
  const [oldest] = segments;
  const before = oldest === undefined ? [] : clipped(lost, 1, oldest.first - 1);
  for (const { from, to } of before)
    await begin(disk, identity, from, [{ seq: to, bytes: gapRecord({ from, to }, synced, identity.key) }]);
  for (const { first } of segments) {
    const gaps = clipped(lost, first, log.after(first) - 1);
    if (gaps.length === 0 && !damagedSegments.includes(first)) continue;
    await quarantine(disk, segmentPath(first));
    const filled = gaps.map((gap) => ({ seq: gap.to, bytes: gapRecord(gap, synced, identity.key) }));
    await begin(disk, identity, first, [...(await recordsOf(first)), ...filled]);
  }

  async function recordsOf(first: number): Promise<readonly Placed[]> {
    const records: Placed[] = [];
    for (
      let place = { segment: first, offset: SEGMENT_HEADER_BYTES }, last = first - 1;
      place.segment === first && !log.isEnd(place);
    ) {
      const page = await log.read(place, last);
      records.push(...page.records.filter(({ intact }) => intact).map(({ seq, bytes }) => ({ seq, bytes: Buffer.from(bytes) })));
      last = page.records.at(-1)?.seq ?? last;
      place = page.next;
    }
    return records;
  }
}

type Placed = Readonly<{ seq: number; bytes: Uint8Array }>;

async function begin(disk: Disk, identity: JournalIdentity, first: number, records: readonly Placed[]): Promise<void> {
  const inOrder = records.toSorted((one, other) => one.seq - other.seq).map(({ bytes }) => bytes);
  await (await rewriteSegment(disk, { identity, first }, inOrder)).file.close();
}

function clipped(gaps: readonly Gap[], from: number, to: number): readonly Pick<Gap, 'from' | 'to'>[] {
  return gaps.map((gap) => ({ from: Math.max(gap.from, from), to: Math.min(gap.to, to) })).filter((gap) => gap.from <= gap.to);
}

async function rewriteDamagedLetters(disk: Disk): Promise<void> {
  for await (const { path, header, damaged, records } of letterFiles(disk)) {
    if (damaged.length === 0) continue;
    if (header === undefined) {
      await setAside(disk, path);
      continue;
    }
    await quarantine(disk, path);
    await rewriteLetters(disk, path, header, records);
  }
}
