/** Keeps what is damaged for whoever wants to look at it, in a folder from which nothing is ever deleted. */
import { createFile, type Disk, readWhole, sizeOf } from './disk.ts';

export const QUARANTINE_FOLDER = 'quarantine';

/** A copy, once: the same damage may be met again at every start. Another one of the same file is kept beside it. */
export async function quarantine(disk: Disk, path: string): Promise<void> {
  const copy = await placeFor(disk, path);
  if (copy === undefined) return;
  await (await createFile(disk, `${copy}.tmp`, [await readWhole(disk, path)])).close();
  await disk.rename(`${copy}.tmp`, copy);
  await disk.syncDir(QUARANTINE_FOLDER);
}

/** Itself and no copy: a full disk has room for that. */
export async function setAside(disk: Disk, path: string): Promise<void> {
  const place = await placeFor(disk, path);
  if (place === undefined) return disk.unlink(path);
  await disk.rename(path, place);
  await disk.syncDir(QUARANTINE_FOLDER);
}

/** Undefined: the same bytes are there. */
async function placeFor(disk: Disk, path: string): Promise<string | undefined> {
  await disk.makeDir(QUARANTINE_FOLDER);
  await disk.syncDir('.');
  const name = path.slice(path.lastIndexOf('/') + 1);
  const taken = new Set(await disk.list(QUARANTINE_FOLDER));
  for (let number = 1; ; number++) {
    const numbered = number === 1 ? name : `${name}.${number}`;
    const place = `${QUARANTINE_FOLDER}/${numbered}`;
    if (!taken.has(numbered)) return place;
    if (await isSame(disk, place, path)) return undefined;
  }
}

async function isSame(disk: Disk, one: string, other: string): Promise<boolean> {
  if ((await sizeOf(disk, one)) !== (await sizeOf(disk, other))) return false;
  return (await readWhole(disk, one)).equals(await readWhole(disk, other));
}
