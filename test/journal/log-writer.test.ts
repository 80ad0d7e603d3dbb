/** What a group that did not fit has left on the disk is no part of the log, whatever is written in its place. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Draft } from '../../src/journal/group-buffer.ts';
import { Log } from '../../src/journal/log.ts';
import { FullError, LogWriter } from '../../src/journal/log-writer.ts';
import { RECORD_TYPE } from '../../src/journal/record.ts';
import { createSegment } from '../../src/journal/segment.ts';
import { ModelDisk } from '../fault/model-disk.ts';

const IDENTITY = { id: Buffer.alloc(16, 7), key: 7 };

function draft(text: string): Draft {
  return { type: RECORD_TYPE.batch, head: Buffer.from(text) };
}

async function textsIn(model: ModelDisk): Promise<readonly string[]> {
  const segments = [...model.files].map(([, { length }]) => ({ first: 1, bytes: length }));
  const texts: string[] = [];
  for await (const page of new Log(model.session(), IDENTITY.key, segments).pages(0)) {
    texts.push(...page.map(({ payload }) => payload.toString()));
  }
  return texts;
}

it('a group that fits in part leaves no whole record behind', async () => {
  const model = new ModelDisk();
  const disk = model.session();
  const segment = await createSegment(disk, { identity: IDENTITY, first: 1 });
  const log = new Log(disk, IDENTITY.key, [{ first: 1, bytes: segment.size }]);
  const writer = new LogWriter(
    { disk, log, identity: IDENTITY, segmentBytes: 1e6, now: () => 1, observeSync: () => undefined, rolled: () => undefined },
    { segment, seq: 0, timeMs: 0 },
  );
  model.freeBytes = 250;
  await assert.rejects(writer.write([draft('refused'), draft('refused too'), draft('x'.repeat(1000))]), FullError);
  model.freeBytes = 2 ** 30;
  await writer.write([draft('retried')]);
  assert.deepEqual(await textsIn(model), ['retried']);
});
