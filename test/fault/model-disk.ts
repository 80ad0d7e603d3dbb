/** A disk in memory that promises no more than it must: a crash keeps any part of what was not synced, names in any order. */
import type { Disk, DiskFile } from '../../src/journal/disk.ts';

type Change = Readonly<{ at: number; bytes: Uint8Array } | { length: number }>;

class Inode {
  content: Buffer = Buffer.alloc(0);
  durable: Buffer = Buffer.alloc(0);
  changes: Change[] = [];
}

type NameChange = Readonly<{ folder: string; unlinked?: string; linked?: readonly [string, Inode] }>;

/** A number in [0, limit). */
export type Choose = (limit: number) => number;

/** mulberry32: the same seed makes the same choices. */
export function chooser(seed: number): Choose {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

const never = new Promise<never>(() => undefined);

export class ModelDisk {
  #names = new Map<string, Inode>();
  #durableNames = new Map<string, Inode>();
  #nameChanges: NameChange[] = [];
  /** Operations until the process is gone; then none returns any more. */
  #left = Number.POSITIVE_INFINITY;
  #epoch = 0;
  operations = 0;
  freeBytes = 2 ** 40;
  /** Fails the next operation of a kind, once. */
  fault: Readonly<{ operation: string; code: string }> | undefined;
  #crashed: () => void = () => undefined;

  /** Resolves when the process is gone. */
  crashAfter(operations: number): Promise<void> {
    this.#left = operations;
    return new Promise((resolve) => {
      this.#crashed = resolve;
    });
  }

  /** What another process finds: every unsynced change is there, torn, or not. `kill`: the system lives on, all is there. */
  restart(choose: Choose, kind: 'power' | 'kill' = 'power'): void {
    this.#epoch += 1;
    this.#left = Number.POSITIVE_INFINITY;
    if (kind === 'kill') return;
    const order = this.#nameChanges.map((change) => ({ change, rank: choose(1 << 20) }));
    if (choose(2) === 0) order.sort((one, other) => one.rank - other.rank);
    for (const { change } of order) if (choose(2) !== 0) applyName(this.#durableNames, change);
    this.#nameChanges = [];
    for (const inode of new Set(this.#durableNames.values())) {
      for (const change of inode.changes) {
        const kept = choose(3);
        if (kept === 0) continue;
        const parts = kept === 1 ? torn(change, choose) : [change];
        inode.durable = parts.reduce(applyChange, inode.durable);
      }
      inode.changes = [];
      inode.content = inode.durable;
    }
    this.#names = new Map(this.#durableNames);
  }

  /** For tests that damage what lies there. */
  get files(): ReadonlyMap<string, Buffer> {
    return new Map([...this.#names].map(([path, { content }]) => [path, content]));
  }

  put(path: string, content: Buffer): void {
    const inode = this.#names.get(path) ?? new Inode();
    inode.content = inode.durable = content;
    inode.changes = [];
    this.#names.set(path, inode);
    this.#durableNames.set(path, inode);
  }

  remove(path: string): void {
    this.#names.delete(path);
    this.#durableNames.delete(path);
  }

  /** The disk as the process sees it that starts now; with that process it is gone. */
  session(): Disk {
    const epoch = this.#epoch;
    const operate = (operation: string, effect?: () => void) => this.#operate(epoch, operation, effect);
    return {
      open: async (path, mode) => {
        await operate('open');
        let inode = this.#names.get(path);
        if (mode === 'create') {
          if (inode !== undefined) throw fault('EEXIST');
          inode = new Inode();
          this.#rename({ folder: folderOf(path), linked: [path, inode] });
        }
        if (inode === undefined) throw fault('ENOENT');
        return this.#file(inode, operate);
      },
      rename: async (from, to) => {
        const inode = this.#names.get(from);
        if (inode === undefined) throw fault('ENOENT');
        await operate('rename', () => this.#rename({ folder: folderOf(to), unlinked: from, linked: [to, inode] }));
      },
      unlink: async (path) => {
        if (!this.#names.has(path)) throw fault('ENOENT');
        await operate('unlink', () => this.#rename({ folder: folderOf(path), unlinked: path }));
      },
      list: async (folder) => {
        await operate('list');
        const inside = [...this.#names.keys()].filter((path) => path.startsWith(`${folder}/`));
        return [...new Set(inside.map((path) => path.slice(folder.length + 1).split('/')[0] ?? ''))];
      },
      makeDir: async () => operate('makeDir'),
      syncDir: async (folder) => {
        await operate('syncDir');
        for (const change of this.#nameChanges) if (change.folder === folder) applyName(this.#durableNames, change);
        this.#nameChanges = this.#nameChanges.filter((change) => change.folder !== folder);
      },
      space: async () => {
        await operate('space');
        return { freeBytes: this.freeBytes, totalBytes: 2 ** 40, kind: undefined };
      },
    };
  }

  #rename(change: NameChange): void {
    applyName(this.#names, change);
    this.#nameChanges.push(change);
  }

  #file(inode: Inode, operate: (operation: string, effect?: () => void) => Promise<void>): DiskFile {
    const change = (one: Change) => {
      inode.content = applyChange(inode.content, one);
      inode.changes.push(one);
    };
    return {
      size: async () => {
        await operate('size');
        return inode.content.length;
      },
      read: async (into, position) => {
        await operate('read');
        const bytes = inode.content.subarray(position, position + into.byteLength);
        into.set(bytes);
        return bytes.length;
      },
      write: async (buffers, position) => {
        const bytes = Buffer.concat(buffers);
        if (bytes.length > this.freeBytes) {
          change({ at: position, bytes: bytes.subarray(0, this.freeBytes) });
          throw fault('ENOSPC');
        }
        await operate('write', () => change({ at: position, bytes }));
      },
      sync: async () => {
        await operate('sync');
        inode.durable = inode.content;
        inode.changes = [];
      },
      truncate: async (length) => operate('truncate', () => change({ length })),
      close: async () => operate('close'),
    };
  }

  /** The last operation before a crash may have had its effect. */
  async #operate(epoch: number, operation: string, effect: () => void = () => undefined): Promise<void> {
    await Promise.resolve();
    if (epoch !== this.#epoch || this.#left <= 0) return never;
    this.operations += 1;
    if (this.fault?.operation === operation) {
      const { code } = this.fault;
      this.fault = undefined;
      throw fault(code);
    }
    effect();
    this.#left -= 1;
    if (this.#left > 0) return;
    this.#crashed();
    return never;
  }
}

function applyName(names: Map<string, Inode>, { unlinked, linked }: NameChange): void {
  if (unlinked !== undefined) names.delete(unlinked);
  if (linked !== undefined) names.set(linked[0], linked[1]);
}

function applyChange(content: Buffer, change: Change): Buffer {
  if ('length' in change) return Buffer.concat([content.subarray(0, change.length)], change.length);
  const end = change.at + change.bytes.length;
  const changed = Buffer.alloc(Math.max(content.length, end));
  changed.set(content);
  changed.set(change.bytes, change.at);
  return changed;
}

/** Cut short, or with a hole where a block never came. */
function torn(change: Change, choose: Choose): readonly Change[] {
  if ('length' in change) return [change];
  const { at, bytes } = change;
  const end = choose(bytes.length + 1);
  const head = { at, bytes: bytes.subarray(0, end) };
  if (choose(2) === 0) return [head];
  const from = end + choose(bytes.length - end + 1);
  return [head, { at: at + from, bytes: bytes.subarray(from) }];
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

function fault(code: string): Error {
  return Object.assign(new Error(code), { code });
}
