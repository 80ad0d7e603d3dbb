/** The file exporter: what a request looks like in the file, and when it counts as delivered. */
import assert from 'node:assert/strict';
import { renameSync, statSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { platform } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { zstdDecompressSync } from 'node:zlib';
import type { Batch } from '../../../src/data/batch.ts';
import { fileExporter } from '../../../src/exporters/file/index.ts';
import { decodeTracesJson } from '../../../src/otlp/json.ts';
import { decodeTracesProtobuf } from '../../../src/otlp/protobuf/decode.ts';
import { encodeTracesProtobuf } from '../../../src/otlp/protobuf/encode.ts';
import { startChild } from '../../helpers/children.ts';
import { configOf } from '../../helpers/component.ts';
import { FileRig, temporaryFolder } from '../../helpers/file-exporter.ts';
import { batch, envelope, span } from '../../helpers/model-calls.ts';
import { sample } from '../../helpers/samples.ts';

const FILL = fileURLToPath(new URL('../../helpers/fill-file.ts', import.meta.url));
const S02 = decodeTracesJson(sample('S02')).batch;
const S03 = decodeTracesJson(sample('S03')).batch;
const MADE = batch(envelope([span({ a: 'b' })]));

function framesIn(bytes: Buffer): readonly Buffer[] {
  const frames: Buffer[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const length = bytes.readUInt32BE(offset);
    frames.push(bytes.subarray(offset + 4, offset + 4 + length));
    offset += 4 + length;
  }
  return frames;
}

async function written(yaml: string, batches: readonly Batch[]): Promise<FileRig> {
  const rig = await FileRig.open(yaml);
  for (const one of batches) assert.deepEqual(await rig.attempt(one), { status: 'delivered' });
  await rig.close();
  return rig;
}

describe('a line', () => {
  it('is the request as it came, byte for byte', async () => {
    const rig = await written('', [S02, S03]);
    assert.deepEqual(rig.lines, [sample('S02').toString(), sample('S03').toString()]);
  });

  it('is one line also of a request that came in several', async () => {
    const pretty = JSON.stringify(JSON.parse(sample('S02').toString()), null, 2).replaceAll('\n', '\r\n');
    const rig = await written('', [decodeTracesJson(Buffer.from(pretty)).batch]);
    assert.equal(rig.lines.length, 1);
    assert.deepEqual(JSON.parse(rig.lines[0]!), JSON.parse(pretty));
  });

  it('is JSON of a request that was changed on its way, or came as protobuf', async () => {
    const { bytes } = encodeTracesProtobuf(MADE);
    const rig = await written('', [MADE, decodeTracesProtobuf(bytes).batch]);
    assert.deepEqual(JSON.parse(rig.lines[0]!), { resourceSpans: MADE.resources });
    assert.deepEqual(decodeTracesJson(Buffer.from(rig.lines[1]!)).batch.resources.length, 1);
  });
});

describe('a request with a length before it', () => {
  it('is protobuf', async () => {
    const rig = await written('format: proto', [S02, MADE]);
    assert.deepEqual(
      framesIn(rig.bytes).map((frame) => decodeTracesProtobuf(frame).batch.resources.length),
      [S02.resources.length, 1],
    );
  });

  for (const [format, decode] of [
    ['json', decodeTracesJson],
    ['proto', decodeTracesProtobuf],
  ] as const) {
    it(`is compressed by itself, in format ${format}`, async () => {
      const rig = await written(`format: ${format}\ncompression: zstd`, [S02, MADE]);
      const frames = framesIn(rig.bytes).map((frame) => decode(zstdDecompressSync(frame)).batch.resources.length);
      assert.deepEqual(frames, [S02.resources.length, 1]);
    });
  }
});

describe('an attempt', () => {
  it('is delivered when the line is in the file, and not before', async () => {
    const rig = await FileRig.open();
    assert.equal(rig.bytes.length, 0);
    await rig.attempt(S02);
    assert.equal(rig.lines.length, 1);
    await rig.close();
  });

  it('writes whole lines also when many are made at once', async () => {
    const rig = await FileRig.open();
    await Promise.all(Array.from({ length: 50 }, (_, index) => rig.attempt(index % 2 === 0 ? S02 : S03)));
    await rig.close();
    assert.equal(rig.lines.length, 50);
    for (const line of rig.lines) JSON.parse(line);
  });

  it('is ended by its abort while it waits for its turn', async () => {
    const rig = await FileRig.open();
    const outcome = await rig.attempt(S02, AbortSignal.abort(new Error('too late')));
    assert.deepEqual(outcome, { status: 'unavailable', reason: `cannot write to "${rig.path}": too late` });
    await rig.close();
    assert.equal(rig.bytes.length, 0);
  });

  it('after shutdown is to be repeated, never lost', async () => {
    const rig = await FileRig.open();
    await rig.close();
    await rig.close();
    assert.equal((await rig.attempt(S02)).status, 'unavailable');
  });

  it('is to be repeated when the disk is full', { skip: platform() === 'linux' ? false : 'there is no /dev/full' }, async () => {
    const rig = new FileRig('', '/dev', 'full');
    await rig.exporter.start?.();
    for (let tries = 0; tries < 2; tries += 1) {
      const outcome = await rig.attempt(S02);
      assert.equal(outcome.status, 'unavailable');
      assert.match(JSON.stringify(outcome), /cannot write to .*ENOSPC/);
    }
    await rig.close();
  });

  for (const format of ['json', 'proto']) {
    it(`leaves no piece of a request behind when there is room for a piece only, in format ${format}`, async () => {
      const path = join(temporaryFolder(), 'traces');
      const script = `ulimit -f 12; exec "$0" "$@"`; // in KiB; a request has more than 4
      const child = startChild('bash', ['-c', script, process.execPath, FILL, path, `format: ${format}`]);
      assert.equal(await child.exited, 0, child.stderr());
      const whole = child
        .stdout()
        .split(' ')
        .filter((status) => status === 'delivered').length;
      assert.match(child.stdout(), /^(delivered ){1,3}unavailable/);
      const rig = new FileRig(`format: ${format}`, dirname(path), 'traces');
      await rig.exporter.start?.();
      assert.deepEqual(await rig.attempt(S02), { status: 'delivered' });
      await rig.close();
      assert.equal(format === 'json' ? rig.lines.length : framesIn(rig.bytes).length, whole + 1);
      assert.deepEqual(rig.files, ['traces'], 'nothing had to be put aside');
    });
  }
});

describe('the start', () => {
  it('goes on behind what is there', async () => {
    const rig = await written('', [S02]);
    const again = await FileRig.open('', rig.folder);
    await again.attempt(S03);
    await again.close();
    assert.equal(again.lines.length, 2);
  });

  it('empties the file if it is told to, which is a warning', async () => {
    const rig = await written('', [S02]);
    const again = await FileRig.open('append: false', rig.folder);
    await again.attempt(S03);
    await again.close();
    assert.deepEqual(again.lines, [sample('S03').toString()]);
    const remarks = (yaml: string) => fileExporter.remarks?.(configOf(fileExporter.config, yaml)).map(({ path }) => path);
    assert.deepEqual(remarks('path: a\nappend: false'), ['append']);
    assert.deepEqual(remarks('path: a\nappend: false\nrotation:'), []);
  });

  it('fails where there is no folder, and says what makes one', async () => {
    const rig = new FileRig('', join(temporaryFolder(), 'missing'));
    await assert.rejects(async () => rig.exporter.start?.(), /cannot open ".*traces\.jsonl"; set create_directory: true/);
  });

  it('makes the folder with the permissions that are asked for', async () => {
    const folder = join(temporaryFolder(), 'made', 'deep');
    const rig = await FileRig.open('create_directory: true\ndirectory_permissions: "0700"', folder);
    await rig.close();
    assert.equal(statSync(folder).mode & 0o777, 0o700);
  });

  it('makes a file that only its owner can read', async () => {
    const rig = await written('', [S02]);
    assert.equal(statSync(rig.path).mode & 0o777, 0o600);
  });

  for (const [what, yaml, rest] of [
    ['line', '', '{"resourceSpans":[{"res'],
    ['length', 'format: proto', '\0\0\0'],
    ['message', 'format: proto', '\0\0\0\u0009abc'],
  ] as const) {
    it(`puts a file aside that ends in the middle of a ${what}`, async () => {
      const folder = temporaryFolder();
      writeFileSync(join(folder, 'traces.jsonl'), rest);
      const rig = await FileRig.open(yaml, folder);
      await rig.attempt(S02);
      await rig.close();
      assert.equal(rig.files.length, 2);
      assert.match(rig.observer.text, /ends in the middle of a request and is put aside/);
      if (yaml === '') assert.equal(rig.lines.length, 1);
      else assert.equal(framesIn(rig.bytes).length, 1);
    });
  }
});

describe('somebody else', () => {
  for (const [what, remove] of [
    ['renames', (path: string) => renameSync(path, `${path}.1`)],
    ['deletes', unlinkSync],
  ] as const) {
    it(`${what} the file: the next request is in a new one, and the log says so`, async () => {
      const rig = await FileRig.open();
      await rig.attempt(S02);
      remove(rig.path);
      for (const one of [S03, S02]) assert.deepEqual(await rig.attempt(one), { status: 'delivered' });
      await rig.close();
      assert.deepEqual(rig.lines, [sample('S03').toString(), sample('S02').toString()]);
      assert.equal(rig.observer.text.split('the file was moved or deleted, a new one is written').length, 2);
    });
  }

  it('puts another file there: the next request is behind what it holds', async () => {
    const rig = await FileRig.open();
    renameSync(rig.path, `${rig.path}.1`);
    writeFileSync(rig.path, '{}\n');
    await rig.attempt(S02);
    await rig.close();
    assert.deepEqual(rig.lines, ['{}', sample('S02').toString()]);
  });

  it('empties the file: it is full only when it is full again', async () => {
    const rig = await FileRig.open('rotation: { max_megabytes: 1 }');
    const large = batch(envelope([span({ text: 'x'.repeat(600_000) })]));
    await rig.attempt(large);
    truncateSync(rig.path);
    await rig.attempt(large);
    await rig.close();
    assert.deepEqual(rig.files, ['traces.jsonl']);
  });
});
