/** The journal's disk in a running daemon: a folder of the file system; all that it reads and writes goes through here. */
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, stat, statfs, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { codeOf, type Disk, type DiskFile, type Space } from './disk.ts';

const FLAGS = {
  read: constants.O_RDONLY,
  write: constants.O_RDWR,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
};
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
const ROOT = 0;

/** File systems where an acknowledged write can be gone, by the number that statfs has for them. */
const UNSUITABLE = new Map([
  [0x01021994, 'tmpfs'],
  [0x794c7630, 'overlayfs'],
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0x65735546, 'FUSE'],
]);

export class NodeDisk implements Disk {
  readonly #root: string;

  /** `root`: the data directory. */
  constructor(root: string) {
    this.#root = root;
  }

  async open(path: string, mode: keyof typeof FLAGS): Promise<DiskFile> {
    const handle = await open(join(this.#root, path), FLAGS[mode], FILE_MODE);
    try {
      if (mode === 'create') await giveToOwner(handle, this.#root);
    } catch (error) {
      await handle.close(); // Node ends a process that forgets one
      throw error;
    }
    return new NodeFile(handle);
  }

  async rename(from: string, to: string): Promise<void> {
    await rename(join(this.#root, from), join(this.#root, to));
  }

  async unlink(path: string): Promise<void> {
    await unlink(join(this.#root, path));
  }

  async list(folder: string): Promise<readonly string[]> {
    return readdir(join(this.#root, folder));
  }

  async makeDir(folder: string): Promise<void> {
    const path = resolve(this.#root, folder);
    const made = await mkdir(path, { recursive: true, mode: FOLDER_MODE });
    if (made === undefined) return;
    const handle = await open(path, constants.O_RDONLY);
    try {
      await giveToOwner(handle, this.#root);
    } finally {
      await handle.close();
    }
    // A power cut would take the name of any of them with all that is below.
    for (let one = path; one.length >= resolve(made).length; one = dirname(one)) await syncNames(dirname(one));
  }

  async syncDir(folder: string): Promise<void> {
    await syncFolder(join(this.#root, folder));
  }

  async space(): Promise<Space> {
    const { bavail, blocks, bsize, type } = await statfs(this.#root);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize, kind: UNSUITABLE.get(type) };
  }
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Of a folder that may be somebody else's: who cannot read it cannot sync it. */
async function syncNames(path: string): Promise<void> {
  try {
    await syncFolder(path);
  } catch (error) {
    if (codeOf(error) !== 'EACCES') throw error;
  }
}

/** Root may look after the data of a daemon that runs as another user: what it makes is for that one. */
export async function giveToOwner(handle: FileHandle, directory: string): Promise<void> {
  const [{ uid, gid }, made] = [await stat(directory), await handle.stat()];
  if (made.uid === ROOT && uid !== ROOT) await handle.chown(uid, gid);
}

class NodeFile implements DiskFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    for (let done = 0; ; ) {
      const { bytesRead } = await this.#handle.read(into, done, into.byteLength - done, position + done);
      done += bytesRead;
      if (bytesRead === 0 || done === into.byteLength) return done;
    }
  }

  async write(buffers: readonly Uint8Array[], position: number): Promise<void> {
    const length = buffers.reduce((sum, { byteLength }) => sum + byteLength, 0);
    const { bytesWritten } = await this.#handle.writev(buffers, position);
    if (bytesWritten === length) return;
    // A full disk takes what fits and says so at the next call only.
    const rest = Buffer.concat(buffers).subarray(bytesWritten);
    for (let done = 0; done < rest.byteLength; ) {
      const written = (await this.#handle.write(rest, done, rest.byteLength - done, position + bytesWritten + done)).bytesWritten;
      if (written === 0) throw Object.assign(new Error('cannot write: nothing was taken'), { code: 'ENOSPC' });
      done += written;
    }
  }

  async sync(): Promise<void> {
    await this.#handle.datasync();
  }

  async truncate(length: number): Promise<void> {
    await this.#handle.truncate(length);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
