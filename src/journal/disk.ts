/** All that the journal asks of a file system, so that tests can put one in its place that fails and forgets. */

/** Paths are relative to the data directory. Faults carry the `code` of the system call. */
export interface Disk {
  /** `create` fails if the file is there. */
  open(path: string, mode: 'read' | 'write' | 'create'): Promise<DiskFile>;
  /** Replaces what is at `to`. Durable after syncDir() of both folders. */
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Names in a folder, in any order. */
  list(folder: string): Promise<readonly string[]>;
  /** Nothing to do if it is there. */
  makeDir(folder: string): Promise<void>;
  /** Names that were made, replaced or removed in this folder are durable. */
  syncDir(folder: string): Promise<void>;
  space(): Promise<Space>;
}

export interface DiskFile {
  size(): Promise<number>;
  /** Bytes read; fewer than asked for at the end of the file only. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** All of it, or a fault that may leave a part. */
  write(buffers: readonly Uint8Array[], position: number): Promise<void>;
  /** What was written is durable. After a fault nothing of it may be believed. */
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

/** `kind`: of the file system, if it is one that does not keep its promises. */
export type Space = Readonly<{ freeBytes: number; totalBytes: number; kind: string | undefined }>;

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** No room now, perhaps later: nothing that was written before is in doubt. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EMFILE', 'ENFILE', 'EROFS', 'EACCES', 'EPERM']);

export function isFull(error: unknown): boolean {
  return FULL.has(codeOf(error) ?? '');
}

/** Of a disk that is breaking. */
const BROKEN = new Set(['EIO', 'EUCLEAN', 'EBADMSG', 'ENXIO', 'ENODEV', 'EREMOTEIO', 'ESTALE']);

/** What it holds can be found out by a restart only. */
export function isBroken(error: unknown): boolean {
  return BROKEN.has(codeOf(error) ?? '');
}

/** Reads a file of moderate size whole. */
export async function readWhole(disk: Disk, path: string): Promise<Buffer> {
  const file = await disk.open(path, 'read');
  try {
    const bytes = Buffer.allocUnsafe(await file.size());
    return bytes.subarray(0, await file.read(bytes, 0));
  } finally {
    await file.close();
  }
}

export async function sizeOf(disk: Disk, path: string): Promise<number> {
  const file = await disk.open(path, 'read');
  try {
    return await file.size();
  } finally {
    await file.close();
  }
}

/** Written and synced, its name not yet; in place of one that was left half made. */
export async function createFile(disk: Disk, path: string, content: readonly Uint8Array[]): Promise<DiskFile> {
  const file = await disk.open(path, 'create').catch(async (error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error;
    await disk.unlink(path);
    return disk.open(path, 'create');
  });
  try {
    await file.write(content, 0);
    await file.sync();
    return file;
  } catch (error) {
    await file.close();
    await disk.unlink(path).catch(() => undefined); // the first fault tells
    throw error;
  }
}
