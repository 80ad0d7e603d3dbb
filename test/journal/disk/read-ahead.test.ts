/** What an outage has left on the disk stays there until it is sent: in memory is a bounded part of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { READ_AHEAD_BYTES } from '../../../src/journal/disk-reader.ts';
import { NodeDisk } from '../../../src/journal/node-disk.ts';
import { diskJournal, temporaryFolder } from '../../helpers/disk-journal.ts';
import { batchOf, graphOf, never, spanOf } from '../../helpers/journal-rig.ts';

const MIB = 1_048_576;
const RECORD_BYTES = 700_000;
const RECORDS = 54;
/** With the buffers of groups and of reading, and the request that was the last one. */
const MOST_BYTES = READ_AHEAD_BYTES + 12 * MIB;

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** Once nothing is read any more and the collector, which frees on threads of its own, has freed what it found. */
async function keptBytes(): Promise<number> {
  let equal = 0;
  let kept = -1;
  while (equal < 3) {
    collect();
    await pause(20);
    const { arrayBuffers } = process.memoryUsage();
    equal = Math.abs(arrayBuffers - kept) < RECORD_BYTES / 2 ? equal + 1 : 0;
    kept = arrayBuffers;
  }
  return kept;
}

describe('a backlog of 36 MiB', () => {
  const folder = temporaryFolder();
  const open = () => diskJournal({ disk: new NodeDisk(folder), segmentBytes: 8 * MIB }).journal;

  it('is on the disk, and a bounded part of it in memory, while its destination is down', async () => {
    const before = await keptBytes();
    const journal = open();
    journal.bind(graphOf([], ['tempo']));
    await journal.start();
    for (let id = 1; id <= RECORDS; id += 1) {
      const span = { ...spanOf(id), name: 'x'.repeat(RECORD_BYTES) };
      await journal.append([{ pipelines: ['traces'], batch: batchOf(span) }]);
    }
    assert.ok(journal.size.bytes > 36 * MIB);
    const kept = (await keptBytes()) - before;
    await journal.close(never);
    assert.ok(kept > READ_AHEAD_BYTES / 2, `${kept} bytes`);
    assert.ok(kept < MOST_BYTES, `${kept} bytes`);
  });

  it('is so after the next start too', async () => {
    const before = await keptBytes();
    const journal = open();
    const reader = journal.bind(graphOf([], ['tempo'])).get('tempo')!;
    await journal.start();
    assert.equal(reader.backlog.records, RECORDS);
    const taken = await reader.next({ bytes: RECORD_BYTES, spans: 1 }, never);
    const kept = (await keptBytes()) - before;
    reader.done(taken);
    await journal.close(never);
    assert.ok(kept > READ_AHEAD_BYTES / 4, `${kept} bytes`);
    assert.ok(kept < MOST_BYTES, `${kept} bytes`);
  });
});
