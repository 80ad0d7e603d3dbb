/** Files of captured requests: every form that the file exporter writes, and a request by itself. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type CapturedRequest, capturedRequests } from '../../src/cli/captured-requests.ts';
import { decodeTracesJson } from '../../src/otlp/json.ts';
import { encodeTracesProtobuf } from '../../src/otlp/protobuf/encode.ts';
import { FileRig, temporaryFolder } from '../helpers/file-exporter.ts';
import { SAMPLES, sample } from '../helpers/samples.ts';

const BATCHES = SAMPLES.map(({ body }) => decodeTracesJson(body).batch);
const folder = temporaryFolder();

function file(content: string | Uint8Array): string {
  const path = join(folder, 'captured');
  writeFileSync(path, content);
  return path;
}

async function read(path: string): Promise<readonly CapturedRequest[]> {
  const found: CapturedRequest[] = [];
  for await (const one of capturedRequests(path)) found.push(one);
  return found;
}

async function texts(path: string): Promise<readonly string[]> {
  return (await read(path)).map(({ bytes }) => Buffer.from(bytes).toString());
}

describe('what the file exporter wrote', () => {
  const protobuf = BATCHES.map((batch) => Buffer.from(encodeTracesProtobuf(batch).bytes));
  const json = SAMPLES.map(({ body }) => Buffer.from(body));
  for (const [yaml, encoding, expected] of [
    ['format: json', 'json', json],
    ['format: json\ncompression: zstd', 'json', json],
    ['format: proto', 'protobuf', protobuf],
    ['format: proto\ncompression: zstd', 'protobuf', protobuf],
  ] as const) {
    it(`is read back byte for byte: ${yaml.replace('\n', ', ')}`, async () => {
      const rig = await FileRig.open(yaml);
      for (const batch of BATCHES) await rig.attempt(batch);
      await rig.close();
      const found = await read(rig.path);
      assert.deepEqual(
        found.map(({ position, bytes }) => [position, Buffer.from(bytes)]),
        expected.map((bytes, index) => [index + 1, bytes]),
      );
      const empty = (bytes: Uint8Array) => bytes.length === 0; // a request without spans, which has no encoding
      assert.ok(found.every((one) => one.encoding === encoding || empty(one.bytes)));
    });
  }
});

describe('one request in a file', () => {
  it('is read as JSON, on one line or on several', async () => {
    const pretty = JSON.stringify(JSON.parse(sample('S02').toString()), null, 2);
    assert.deepEqual(await texts(file(pretty)), [pretty]);
    assert.deepEqual(await texts(file(sample('S02'))), [sample('S02').toString()]);
  });

  it('is read as protobuf', async () => {
    const { bytes } = encodeTracesProtobuf(BATCHES[0]!);
    const [only, ...others] = await read(file(bytes));
    assert.deepEqual([only?.encoding, Buffer.from(only!.bytes), others], ['protobuf', Buffer.from(bytes), []]);
  });
});

describe('a file without a request', () => {
  for (const [what, content] of [
    ['text', 'hello, world\n'],
    ['JSON that is no object', '[{}]\n'],
    ['a broken object', '{"resourceSpans":\n[}'],
    ['something compressed', gzipSync('{}')],
  ] as const) {
    it(`is refused: ${what}`, async () => {
      await assert.rejects(read(file(content)), /cannot read ".*captured": it is neither OTLP\/JSON nor protobuf/);
    });
  }
});

describe('lines', () => {
  it('may be longer than what is read at once, end with CR LF, be empty or lack the last line feed', async () => {
    const long = JSON.stringify({ resourceSpans: [], pad: 'é'.repeat(1_500_000) });
    const found = await texts(file(`{"a":1}\r\n\n${long}\n   \n{"b":2}`));
    assert.deepEqual(found, ['{"a":1}\r', long, '{"b":2}']);
  });

  it('that are no JSON are sent as they are: whoever takes them shall say what is wrong', async () => {
    assert.deepEqual(await texts(file('{}\nbroken\n')), ['{}', 'broken']);
  });
});

describe('a file', () => {
  it('that is empty holds no request', async () => {
    assert.deepEqual(await read(file('')), []);
  });

  it('that stops in the middle of a request is read as far as it goes', async () => {
    const frame = Buffer.from([0, 0, 0, 2, 1, 2]);
    const found: number[] = [];
    for (const rest of [
      [0, 0],
      [0, 0, 0, 9, 1],
    ]) {
      await assert.rejects(async () => {
        for await (const { bytes } of capturedRequests(file(Buffer.concat([frame, Buffer.from(rest)])))) found.push(bytes.length);
      }, /cannot read ".*captured" to its end: it stops in the middle of a request/);
    }
    assert.deepEqual(found, [2, 2]);
  });

  it('that is not there is a fault', async () => {
    await assert.rejects(read(join(folder, 'missing')), { code: 'ENOENT' });
  });
});
