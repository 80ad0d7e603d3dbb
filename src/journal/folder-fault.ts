/** Says why a data directory cannot be used, with what a person needs to mend it: path, who asks, whose it is. */
import { constants, type Stats } from 'node:fs';
import { access, lstat, readlink, stat, statfs } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { codeOf } from './disk.ts';

type Found = Readonly<{ path: string; stats: Stats }>;

/** `error`: what the system said to the attempt; it stands behind this one in the log. */
export async function folderFault(directory: string, error: unknown): Promise<string> {
  const found = await nearest(directory);
  const reason = await reasonOf(found, error);
  const fault = `cannot use "${directory}" for the journal`;
  return reason === undefined
    ? fault
    : `${fault}: ${reason}, or name another folder with --data-dir or service.journal.directory`;
}

/** With the remedy. */
async function reasonOf({ path, stats }: Found, error: unknown): Promise<string | undefined> {
  if (stats.isSymbolicLink()) {
    return `"${path}" is a symbolic link to "${await readlink(path)}", which leads to nothing; make that folder`;
  }
  if (!stats.isDirectory()) return `"${path}" is no folder; move it away`;
  switch (await codeFor(path, error)) {
    case 'EACCES':
    case 'EPERM':
      return `user ${await ownUid()} may not write to "${path}" (${ownership(stats)}); give it to that user`;
    case 'EROFS':
      return `the file system of "${path}" is read-only (${ownership(stats)}, user ${await ownUid()}); mount it writable`;
    case 'ENOSPC':
    case 'EDQUOT':
      return `the disk of "${path}" is full (${await freeBytes(path)} bytes free for user ${await ownUid()}); make room`;
    default:
      return undefined;
  }
}

/** Making folders on a disk that is read-only may fail for another reason than that. */
async function codeFor(path: string, error: unknown): Promise<string | undefined> {
  const refusal: unknown = await access(path, constants.W_OK | constants.X_OK).catch((cause: unknown) => cause);
  return codeOf(refusal) ?? codeOf(error);
}

/** It, or the nearest folder above that is there; of a link, what it leads to if that is there. */
async function nearest(path: string): Promise<Found> {
  try {
    return { path, stats: await stat(path).catch(() => lstat(path)) };
  } catch (error) {
    if (dirname(path) === path) throw error;
    return nearest(dirname(path));
  }
}

function ownership({ uid, gid, mode }: Stats): string {
  return `owner ${uid}:${gid}, mode 0${(mode & 0o7777).toString(8)}`;
}

/** A user of a container need have no name, and is then unknown to userInfo(). */
async function ownUid(): Promise<number> {
  try {
    return userInfo().uid;
  } catch {
    return (await stat('/proc/self')).uid;
  }
}

async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}
