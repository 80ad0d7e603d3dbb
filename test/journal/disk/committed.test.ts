/** What becomes of a request once it is durable. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeTraces } from '../../../src/otlp/codec.ts';
import { ModelDisk } from '../../fault/model-disk.ts';
import { costOf } from '../../fault/money-fold.ts';
import { batchOf, spanOf } from '../../helpers/journal-rig.ts';
import { assertCounted, start } from './rig.ts';

describe('a request that is durable', () => {
  it('is counted once, and its spans are in nobody’s memory any more', async () => {
    const running = await start(new ModelDisk());
    const { resources: spans } = batchOf(...[1, 2].map((id) => spanOf(id, costOf(id))));
    const bytes = Buffer.from(JSON.stringify({ resourceSpans: spans }));
    const { batch } = decodeTraces({ encoding: 'json', bytes });
    const { resources } = batch;
    assert.equal(batch.resources, resources);
    assert.deepEqual(await running.journal.append([{ pipelines: ['traces'], batch }]), { added: 2, duplicates: 0 });
    assertCounted(running, [1, 2]);
    assert.notEqual(batch.resources, resources);
    assert.deepEqual(batch.resources, resources);
  });
});
