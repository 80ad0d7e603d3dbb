/** What an outage has left on the disk stays there until it is sent: in memory is a bounded part of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { READ_AHEAD_BYTES } from '../../../src/journal/disk-reader.ts';
import { NodeDisk } from '../../../src/journal/node-disk.ts';
import { diskJournal, temporaryFolder } from '../../helpers/disk-journal.ts';
import { batchOf, graphOf, never, spanOf } from '../../helpers/journal-rig.ts';
import { until } from '../../helpers/until.ts';

const MIB = 1_048_576;
const RECORD_BYTES = 700_000;
const RECORDS = 54;

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

function keptBytes(): number {
  collect();
  return process.memoryUsage().arrayBuffers;
}

describe('a backlog of 36 MiB', () => {
  it('is on the disk, and 16 MiB of it in memory, while its destination is down and after the next start', async () => {
    const folder = temporaryFolder();
    const open = () => diskJournal({ disk: new NodeDisk(folder), segmentBytes: 8 * MIB }).journal;
    const before = keptBytes();
    const first = open();
    first.bind(graphOf([], ['tempo']));
    await first.start();
    for (let id = 1; id <= RECORDS; id += 1) {
      const span = { ...spanOf(id), name: 'x'.repeat(RECORD_BYTES) };
      await first.append([{ pipelines: ['traces'], batch: batchOf(span) }]);
    }
    // The buffers of groups, and the request that was the last one.
    const most = READ_AHEAD_BYTES + 12 * MIB;
    assert.ok(first.size.bytes > 36 * MIB);
    assert.ok(keptBytes() - before < most, `${keptBytes() - before} bytes with the backlog`);
    await first.close(never);

    const second = open();
    const reader = second.bind(graphOf([], ['tempo'])).get('tempo')!;
    await second.start();
    assert.equal(reader.backlog.records, RECORDS);
    const taken = await reader.next({ bytes: RECORD_BYTES, spans: 1 }, never);
    await until('it has read ahead', () => process.memoryUsage().arrayBuffers - before > READ_AHEAD_BYTES / 2);
    assert.ok(keptBytes() - before < most, `${keptBytes() - before} bytes after the start`);
    reader.done(taken);
    await second.close(never);
  });
});
