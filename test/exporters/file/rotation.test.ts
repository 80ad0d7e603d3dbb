/** A file that is full: put aside under the time, the old ones deleted, nothing lost in between. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Batch } from '../../../src/data/batch.ts';
import { FileRig, temporaryFolder } from '../../helpers/file-exporter.ts';
import { batch, envelope, span } from '../../helpers/model-calls.ts';

const DAY_MS = 86_400_000;
/** Not two of them in a MiB. */
const LARGE: Batch = batch(envelope([span({ text: 'x'.repeat(600_000) })]));
const SMALL: Batch = batch(envelope([span({ text: 'x' })]));

async function write(rig: FileRig, batches: readonly Batch[], stepMs = 1_000): Promise<void> {
  for (const one of batches) {
    assert.deepEqual(await rig.attempt(one), { status: 'delivered' });
    rig.nowMs += stepMs;
  }
}

describe('rotation', () => {
  it('puts the file aside before the line that does not fit', async () => {
    const rig = await FileRig.open('rotation: { max_megabytes: 1 }');
    await write(rig, [SMALL, LARGE, LARGE, SMALL]);
    await rig.close();
    assert.deepEqual(rig.files, ['traces-2026-11-20T14-02-13.318.jsonl', 'traces.jsonl']);
    assert.equal(rig.lines.length, 2);
    const aside = readFileSync(join(rig.folder, rig.files[0]!), 'utf8');
    assert.equal(aside.split('\n').length, 3);
  });

  it('gives a line that is larger than a file one of its own', async () => {
    const rig = await FileRig.open('rotation: { max_megabytes: 1 }');
    await write(rig, [batch(envelope([span({ text: 'x'.repeat(2_000_000) })])), SMALL]);
    await rig.close();
    assert.deepEqual(rig.files.length, 2);
  });

  it('does not happen without the setting', async () => {
    const rig = await FileRig.open();
    await write(rig, [LARGE, LARGE, LARGE]);
    await rig.close();
    assert.deepEqual(rig.files, ['traces.jsonl']);
  });

  it('finds other names where the clock gives the same', async () => {
    const rig = await FileRig.open('rotation: { max_megabytes: 1 }');
    await write(rig, [LARGE, LARGE, LARGE, LARGE], 0);
    await rig.close();
    const names = ['318', '319', '320'].map((ms) => `traces-2026-11-20T14-02-11.${ms}.jsonl`);
    assert.deepEqual(rig.files, [...names, 'traces.jsonl']);
  });

  it('keeps as many as it is told to, the newest', async () => {
    const rig = await FileRig.open('rotation: { max_megabytes: 1, max_backups: 2 }');
    await write(rig, Array(6).fill(LARGE));
    await rig.close();
    assert.deepEqual(rig.files, ['traces-2026-11-20T14-02-15.318.jsonl', 'traces-2026-11-20T14-02-16.318.jsonl', 'traces.jsonl']);
  });

  it('keeps all of them with max_backups 0', async () => {
    const rig = await FileRig.open('rotation: { max_megabytes: 1, max_backups: 0 }');
    await write(rig, Array(6).fill(LARGE));
    await rig.close();
    assert.equal(rig.files.length, 6);
  });

  it('deletes what is too old, and nothing that is not its own', async () => {
    const folder = temporaryFolder();
    const others = ['traces-final.jsonl', 'other-2020-01-01T00-00-00.000.jsonl', 'traces-2020-01-01T00-00-00.000.json'];
    for (const name of [...others, 'traces-2020-01-01T00-00-00.000.jsonl']) writeFileSync(join(folder, name), '');
    const rig = await FileRig.open('rotation: { max_megabytes: 1, max_days: 3 }', folder);
    await write(rig, Array(6).fill(LARGE), DAY_MS);
    await rig.close();
    const kept = ['22', '23', '24', '25'].map((day) => `traces-2026-11-${day}T14-02-11.318.jsonl`);
    assert.deepEqual(rig.files, [...others, ...kept, 'traces.jsonl'].sort());
  });

  it('names files by local time if it is told to, and knows their age', async () => {
    const rig = await FileRig.open('rotation: { max_megabytes: 1, max_days: 3, localtime: true }');
    await write(rig, Array(3).fill(LARGE));
    await rig.close();
    const local = new Date(Date.parse('2026-11-20T14:02:12.318Z'));
    const pad = (part: number) => String(part).padStart(2, '0');
    const hours = `${pad(local.getDate())}T${pad(local.getHours())}-${pad(local.getMinutes())}`;
    assert.deepEqual(rig.files, [`traces-2026-11-${hours}-12.318.jsonl`, `traces-2026-11-${hours}-13.318.jsonl`, 'traces.jsonl']);
  });

  it('goes on with the file that it finds', async () => {
    const first = await FileRig.open('rotation: { max_megabytes: 1 }');
    await write(first, [LARGE]);
    await first.close();
    const second = await FileRig.open('rotation: { max_megabytes: 1 }', first.folder);
    await write(second, [SMALL, LARGE]);
    await second.close();
    assert.equal(second.files.length, 2);
    assert.equal(second.lines.length, 1);
  });
});
