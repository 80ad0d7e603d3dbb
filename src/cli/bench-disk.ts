/** `bench disk`: how long the disk takes to make a small write safe, which is how long a sender waits at least. */
import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { size } from '../config/fields.ts';
import { codeOf } from '../journal/disk.ts';
import { folderFault } from '../journal/folder-fault.ts';
import { type DataOptions, dataDirectoryOf, dataOptions, json } from './data.ts';
import { EXIT } from './host.ts';
import type { Verb } from './verb.ts';

type Options = DataOptions & Readonly<{ writes: number; size: number }>;

export type DiskFigures = Readonly<{
  directory: string;
  writes: number;
  bytesEach: number;
  syncsPerSecond: number;
  p50Ms: number;
  p90Ms: number;
  p99Ms: number;
  maxMs: number;
}>;

/** The first ones pay for the place of the file. */
const UNMEASURED = 10;

export const benchDiskVerb: Verb<Options> = {
  name: 'bench disk',
  summary:
    'Measure how long the data directory takes to make a small write safe; makes it if need be, and removes the file again.',
  options: [
    ...dataOptions,
    () => new Option('--writes <number>', 'how many, one after the other').argParser(positive).default(500),
    () => new Option('--size <size>', 'of each, such as 8KiB').argParser(bytes).default(8_192),
  ],
  example: 'spanmeter bench disk --data-dir /var/lib/spanmeter',
  async execute(options, host) {
    const directory = dataDirectoryOf(options, host);
    if (typeof directory === 'number') return directory;
    try {
      const figures = await measureDisk(directory, options.writes, options.size);
      host.stdout.write(options.json ? json(figures) : figuresText(figures));
      return EXIT.ok;
    } catch (error) {
      host.stderr.write(`cannot measure: ${await folderFault(directory, error)} (${codeOf(error) ?? error})\n`);
      return EXIT.failure;
    }
  },
};

export async function measureDisk(directory: string, writes: number, bytesEach: number): Promise<DiskFigures> {
  await mkdir(directory, { recursive: true, mode: 0o700 }); // as a daemon would
  const path = join(directory, `spanmeter-bench-${randomUUID()}.tmp`);
  const file = await open(path, 'wx', 0o600);
  try {
    const latencies = await syncedWrites(file, writes, Buffer.alloc(bytesEach, 'spanmeter '));
    const sorted = latencies.toSorted((one, other) => one - other);
    const at = (share: number) => rounded(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
    const totalMs = latencies.reduce((sum, ms) => sum + ms, 0);
    const syncsPerSecond = Math.round((writes * 1000) / totalMs);
    return { directory, writes, bytesEach, syncsPerSecond, p50Ms: at(0.5), p90Ms: at(0.9), p99Ms: at(0.99), maxMs: at(1) };
  } finally {
    await file.close();
    await rm(path, { force: true });
  }
}

/** Appended, as the journal does it. */
async function syncedWrites(file: FileHandle, writes: number, content: Buffer): Promise<readonly number[]> {
  const latencies: number[] = [];
  for (let write = -UNMEASURED; write < writes; write += 1) {
    const beganMs = performance.now();
    await file.write(content);
    await file.datasync();
    if (write >= 0) latencies.push(performance.now() - beganMs);
  }
  return latencies;
}

function figuresText({ directory, writes, bytesEach, syncsPerSecond, p50Ms, p90Ms, p99Ms, maxMs }: DiskFigures): string {
  return `${directory}: ${writes} writes of ${bytesEach} bytes, each synced
p50 ${p50Ms} ms  p90 ${p90Ms} ms  p99 ${p99Ms} ms  max ${maxMs} ms  ${syncsPerSecond} syncs/s one after the other
`;
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

function positive(written: string): number {
  const number = Number(written);
  if (!Number.isSafeInteger(number) || number < 1) throw new InvalidArgumentError('expected a whole number above 0.');
  return number;
}

function bytes(written: string): number {
  const { success, data } = size().safeParse(written);
  if (!success || data < 1) throw new InvalidArgumentError('expected a size such as "8KiB".');
  return data;
}
