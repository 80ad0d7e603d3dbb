/** What a person wants done with dead letters: written down in their folder, for the daemon that has it open or the next one. */
import { z } from 'zod';
import { createFile, type Disk, readWhole } from './disk.ts';
import { DEAD_FOLDER } from './letter-file.ts';

const Range = z.tuple([z.number(), z.number()]);
const Request = z.object({ act: z.enum(['replay', 'purge']), exporter: z.string(), ranges: z.array(Range) });

/** `ranges`: of letters, first and last. */
export type LetterRequest = z.output<typeof Request>;
export type Ranges = LetterRequest['ranges'];

const SUFFIX = '.request';

export function within(ranges: Ranges, seq: number): boolean {
  return ranges.some(([first, last]) => seq >= first && seq <= last);
}

/** Durable when it resolves with the name. */
export async function writeRequest(disk: Disk, name: string, request: LetterRequest): Promise<void> {
  const path = requestPath(name);
  const file = await createFile(disk, `${path}.tmp`, [Buffer.from(JSON.stringify(request))]);
  await file.close();
  await disk.rename(`${path}.tmp`, path);
  await disk.syncDir(DEAD_FOLDER);
}

/** Their names, of what is found in the folder. */
export function requestsAmong(names: readonly string[]): readonly string[] {
  return names
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => name.slice(0, -SUFFIX.length))
    .toSorted();
}

/** Whether one of these is not done yet. */
export async function hasRequest(disk: Disk, names: readonly string[]): Promise<boolean> {
  const there = new Set(requestsAmong(await disk.list(DEAD_FOLDER)));
  return names.some((name) => there.has(name));
}

export async function readRequest(disk: Disk, name: string): Promise<LetterRequest> {
  return Request.parse(JSON.parse((await readWhole(disk, requestPath(name))).toString()));
}

export async function removeRequest(disk: Disk, name: string): Promise<void> {
  await disk.unlink(requestPath(name));
  await disk.syncDir(DEAD_FOLDER);
}

function requestPath(name: string): string {
  return `${DEAD_FOLDER}/${name}${SUFFIX}`;
}
