/** Names files that are put aside, and deletes the old ones. */
import { access, readdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';

export type RotationSettings = Readonly<{ max_megabytes: number; max_days: number; max_backups: number; localtime: boolean }>;

const DAY_MS = 86_400_000;
const STAMP = /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d\.\d{3})$/;

/** Under a name of its own: `traces.jsonl` becomes `traces-2026-11-20T14-02-11.318.jsonl`. */
export async function putAside(path: string, nowMs: number, localtime: boolean): Promise<void> {
  let timeMs = nowMs;
  while (await exists(backupPath(path, timeMs, localtime))) timeMs += 1;
  await rename(path, backupPath(path, timeMs, localtime));
}

/** Those beyond the number to keep, and those that are too old; nothing that is not named like one. */
export async function deleteOldBackups(path: string, nowMs: number, settings: RotationSettings): Promise<void> {
  const { max_days: maxDays, max_backups: maxBackups, localtime } = settings;
  const names = await readdir(dirname(path));
  const backups = names
    .flatMap((name) => {
      const timeMs = timeOf(name, path, localtime);
      return timeMs === undefined ? [] : [{ name, timeMs }];
    })
    .sort((one, other) => other.timeMs - one.timeMs);
  const old = backups.filter(({ timeMs }, index) => {
    return (maxBackups > 0 && index >= maxBackups) || (maxDays > 0 && nowMs - timeMs > maxDays * DAY_MS);
  });
  for (const { name } of old) await unlink(join(dirname(path), name));
}

function backupPath(path: string, timeMs: number, localtime: boolean): string {
  const { prefix, suffix } = partsOf(path);
  return join(dirname(path), `${prefix}${stampOf(timeMs, localtime)}${suffix}`);
}

function partsOf(path: string): Readonly<{ prefix: string; suffix: string }> {
  const suffix = extname(path);
  return { prefix: `${basename(path, suffix)}-`, suffix };
}

function stampOf(timeMs: number, localtime: boolean): string {
  const shiftMs = localtime ? new Date(timeMs).getTimezoneOffset() * 60_000 : 0;
  return new Date(timeMs - shiftMs).toISOString().slice(0, -1).replaceAll(':', '-');
}

function timeOf(name: string, path: string, localtime: boolean): number | undefined {
  const { prefix, suffix } = partsOf(path);
  if (!name.startsWith(prefix) || !name.endsWith(suffix)) return undefined;
  const [, day, hours, minutes, seconds] = STAMP.exec(name.slice(prefix.length, name.length - suffix.length)) ?? [];
  if (day === undefined) return undefined;
  return Date.parse(`${day}T${hours}:${minutes}:${seconds}${localtime ? '' : 'Z'}`);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
