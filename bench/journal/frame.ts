/** Measures what a group of records costs as it is and as one compressed frame: `node bench/journal/frame.ts`. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { BODIES } from '../bodies.ts';
import { spread } from '../figures.ts';
import { benchFolder } from '../folder.ts';
import { freshen } from '../fresh-ids.ts';

const ROUNDS = 5;
const ROUND_MS = 1000;
const REQUESTS = 32;
/** Of a file that is written over: the disk is to be busy, not full. */
const FILE_BYTES = 64 * 2 ** 20;
const PARAMS = { [constants.ZSTD_c_compressionLevel]: 1 };

const MODES = {
  'as they are': (bodies: readonly Buffer[]) => bodies,
  'one zstd frame': (bodies: readonly Buffer[]) => [zstdCompressSync(Buffer.concat(bodies), { params: PARAMS })],
};

const folder = benchFolder('frame');
for (const { name, mediaType, templates } of BODIES.filter((body) => body.mediaType === 'application/json')) {
  const bodies = templates(1, Date.now()).map(({ body, ids }, nth) => {
    const bytes = Buffer.from(body);
    freshen(bytes, ids, { seed: 1, series: 1 }, nth);
    return bytes;
  });
  // No body twice in a group: a frame would find the second in the first.
  const group = bodies.slice(0, REQUESTS);
  const figures = new Map(Object.keys(MODES).map((mode) => [mode, { micros: [] as number[], bytes: 0 }]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [mode, framed] of Object.entries(MODES)) {
      const { micros, bytes } = await write(group, framed);
      const of = figures.get(mode)!;
      of.micros.push(micros);
      of.bytes = bytes;
    }
  }
  for (const [mode, { micros, bytes }] of figures) {
    console.log(`${name} ${mediaType} | ${mode} | ${spread(micros, 1)} µs CPU | ${bytes.toFixed(0)} bytes a request`);
  }
  const frame = zstdCompressSync(Buffer.concat(group), { params: PARAMS });
  const began = cpuMicros();
  let read = 0;
  for (; cpuMicros() - began < ROUND_MS * 200; read += REQUESTS) zstdDecompressSync(frame);
  console.log(`${name} ${mediaType} | read back | ${((cpuMicros() - began) / read).toFixed(1)} µs CPU`);
}

async function write(group: readonly Buffer[], framed: (bodies: readonly Buffer[]) => readonly Buffer[]) {
  const file = await open(join(folder, 'log'), 'w');
  const began = cpuMicros();
  const untilMs = performance.now() + ROUND_MS;
  let requests = 0;
  let bytes = 0;
  for (let at = 0; performance.now() < untilMs; at %= FILE_BYTES) {
    const buffers = framed(group);
    for (const buffer of buffers) crc32(buffer);
    const { bytesWritten } = await file.writev(buffers, at);
    await file.datasync();
    at += bytesWritten;
    bytes += bytesWritten;
    requests += group.length;
  }
  const micros = (cpuMicros() - began) / requests;
  await file.close();
  return { micros, bytes: bytes / requests };
}

function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
