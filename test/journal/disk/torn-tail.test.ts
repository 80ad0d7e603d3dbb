/** Whatever a crash has made of the end of the log: it starts, keeps what was acknowledged before, and invents nothing. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RECORD_HEADER_BYTES, RECORD_MAGIC } from '../../../src/journal/record.ts';
import { chooser, ModelDisk } from '../../fault/model-disk.ts';
import { diskJournal } from '../../helpers/disk-journal.ts';
import { batchOf, SpanFold, spanOf } from '../../helpers/journal-rig.ts';
import { append, assertCounted, copyOf, filled, loseAll, segmentsOf, start } from './rig.ts';

const IDS = [1, 2, 3, 4, 5];
/** Started thousands of times. */
const SMALL = { maxSpans: 16 };

/** One segment: the graph, then five records. */
async function disk(): Promise<Readonly<{ disk: ModelDisk; path: string; content: Buffer; ends: readonly number[] }>> {
  const one = await filled(IDS);
  const path = segmentsOf(one).at(-1)!;
  const content = one.files.get(path)!;
  const ends: number[] = [];
  for (let at = 40; at + RECORD_HEADER_BYTES <= content.length; ) {
    at += RECORD_HEADER_BYTES + content.readUInt32LE(at + 4);
    ends.push(at);
  }
  return { disk: one, path, content, ends: ends.slice(1) };
}

async function startsWith(original: ModelDisk, path: string, content: Buffer, ids: readonly number[]): Promise<void> {
  const damaged = copyOf(original);
  damaged.put(path, content);
  const running = await start(damaged, SMALL);
  assertCounted(running, ids);
  assert.deepEqual(await append(running, 9), { added: 1, duplicates: 0 });
}

describe('the end of the log', () => {
  it('may be cut at every byte', async () => {
    const { disk: original, path, content, ends } = await disk();
    for (let length = 0; length < content.length; length++) {
      const whole = ends.filter((end) => end <= length).length;
      await startsWith(original, path, content.subarray(0, length), IDS.slice(0, whole));
    }
  });

  it('counts a request of several records whole or not at all, wherever it is cut', async () => {
    const one = new ModelDisk();
    const open = async (disk: ModelDisk) => {
      const { journal } = diskJournal({ disk: disk.session(), ...SMALL });
      const folds = ['a', 'b', 'c'].map((id) => ({ connector: id, pipelines: new Set([id]), fold: new SpanFold(id) }));
      journal.bind({ folds, readers: [] });
      await journal.start();
      return { journal, counted: folds.map(({ fold }) => fold.names.join()) };
    };
    const treated = (id: number) =>
      ['a', 'b', 'c'].map((pipeline) => ({
        pipelines: [pipeline],
        batch: batchOf({ ...spanOf(id), kind: pipeline.charCodeAt(0) }),
      }));
    const { journal } = await open(one);
    await journal.append(treated(1));
    const path = segmentsOf(one).at(-1)!;
    const before = one.files.get(path)!.length;
    await journal.append(treated(2));
    one.restart(loseAll);
    const content = one.files.get(path)!;
    for (let length = before; length <= content.length; length += length < content.length - 9 ? 9 : 1) {
      const cut = copyOf(one);
      cut.put(path, content.subarray(0, length));
      const expected = length < content.length ? '1' : '1,2';
      const again = await open(cut);
      assert.deepEqual(again.counted, [expected, expected, expected], `cut at ${length}`);
      assert.deepEqual(await again.journal.append(treated(2)), {
        added: length < content.length ? 3 : 0,
        duplicates: length < content.length ? 0 : 3,
      });
      cut.restart(loseAll);
      assert.deepEqual((await open(cut)).counted, ['1,2', '1,2', '1,2']);
    }
  });

  it('may have any bit of its last two records wrong', async () => {
    const { disk: original, path, content, ends } = await disk();
    for (let at = ends[2]!; at < content.length; at++) {
      const damaged = Buffer.from(content);
      damaged[at]! ^= 1 << (at % 8);
      const inLast = at >= ends[3]!;
      const running = await start(withFile(original, path, damaged), SMALL);
      assertCounted(running, inLast ? [1, 2, 3, 4] : [1, 2, 3, 5]);
      // The last record says that the one before it had been synced.
      assert.equal(running.journal.recovery?.corrupt, inLast ? 0 : 1, `byte ${at}`);
    }
  });

  it('may be zeros, noise, or a length beyond the end', async () => {
    const { disk: original, path, content, ends } = await disk();
    const noise = Buffer.from(Array.from({ length: 3_000 }, chooserOf(7)));
    const oversize = Buffer.from(content.subarray(ends[3]!));
    oversize.writeUInt32LE(0xffff_fff0, 4);
    for (const tail of [Buffer.alloc(5_000), noise, oversize]) {
      await startsWith(original, path, Buffer.concat([content.subarray(0, ends[3]), tail]), [1, 2, 3, 4]);
      await startsWith(original, path, Buffer.concat([content, tail]), IDS);
    }
  });

  it('may hold records of another journal and a hundred thousand sham headers', async () => {
    const { disk: original, path, content, ends } = await disk();
    const other = await filled([7, 8], { randomBytes: (count) => Buffer.alloc(count, 8) });
    const foreign = other.files.get(segmentsOf(other)[0]!)!.subarray(40);
    const sham = Buffer.alloc(100_000 * RECORD_HEADER_BYTES);
    for (let at = 0; at < sham.length; at += RECORD_HEADER_BYTES) sham.set(RECORD_MAGIC, at);
    for (const tail of [foreign, sham]) {
      const began = performance.now();
      await startsWith(original, path, Buffer.concat([content.subarray(0, ends[3]), tail]), [1, 2, 3, 4]);
      assert.ok(performance.now() - began < 5_000);
    }
  });

  it('may have a hole, which is no damage, at this start and at every later one', async () => {
    const cut = new ModelDisk();
    const before = await start(cut);
    await Promise.all([1, 2, 3, 4].map((id) => append(before, id))); // the last three in one write
    const path = segmentsOf(cut).at(-1)!;
    const content = Buffer.from(cut.files.get(path)!);
    content.fill(0, content.indexOf('"name":"3"'), content.indexOf('"name":"3"') + 10);
    cut.restart(loseAll);
    cut.put(path, content);
    for (const id of [5, 6]) {
      const running = await start(cut);
      assert.deepEqual([...running.fold.countByName.keys()], id === 5 ? ['1', '2', '4'] : ['1', '2', '4', '5']);
      assert.equal(running.journal.recovery?.corrupt, 0);
      await append(running, id);
      cut.restart(loseAll);
    }
    assertCounted(await start(cut), [1, 2, 4, 5, 6]);
  });

  it('is written anew, so that bytes which only the cache has are never built upon', async () => {
    const { disk: original, path, content } = await disk();
    const again = copyOf(original);
    again.put(path, content);
    assertCounted(await start(again), IDS);
    const paths = segmentsOf(again);
    assert.equal(paths.length, 2);
    assert.ok(again.files.get(paths[1]!)!.includes(Buffer.from('"name":"5"')), 'what no later record calls synced');
    assert.ok(!again.files.get(paths[1]!)!.includes(Buffer.from('"name":"4"')));
  });
});

function withFile(original: ModelDisk, path: string, content: Buffer): ModelDisk {
  const copy = copyOf(original);
  copy.put(path, content);
  return copy;
}

function chooserOf(seed: number): () => number {
  const choose = chooser(seed);
  return () => choose(256);
}
