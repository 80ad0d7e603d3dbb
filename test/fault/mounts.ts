/** Small file systems of their own for faults that must not reach the machine's: one in memory, one like a disk's. */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, fsyncSync, mkdirSync, mkdtempSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { atLatestAtExit } from './left-behind.ts';

export type Kind = 'tmpfs' | 'ext4';

const SLICE = Buffer.alloc(2 ** 20, 'x');
const TRIES = 50;

export class Mount {
  readonly kind: Kind;
  readonly folder: string;
  readonly #around: string;
  readonly #image: string;
  readonly #copy: string;
  readonly #mount: () => void;
  /** Once more does nothing. */
  readonly close: () => void;

  private constructor(kind: Kind, around: string, mount: readonly string[]) {
    this.kind = kind;
    this.#around = around;
    this.#image = join(around, 'image');
    this.#copy = join(around, 'copy');
    this.folder = join(around, 'mounted');
    this.#mount = () => run('mount', ...mount, this.folder);
    this.#mount();
    this.close = atLatestAtExit(() => {
      run('umount', '--lazy', this.folder); // a process that was killed just now may still have files open
      rmSync(this.#around, { recursive: true });
    });
  }

  /** `options`: of a file system like a disk's. */
  static open(kind: Kind, mebibytes: number, options = 'errors=remount-ro'): Mount {
    const around = mkdtempSync('/dev/shm/spanmeter-mount-');
    mkdirSync(join(around, 'mounted'));
    if (kind === 'tmpfs') return new Mount(kind, around, ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs']);
    const image = join(around, 'image');
    run('truncate', '-s', `${mebibytes}M`, image);
    run('mkfs.ext4', '-q', '-F', image);
    return new Mount(kind, around, ['-o', `loop,${options}`, image]);
  }

  /** Somebody else takes all the room that there is. */
  fill(): void {
    const file = openSync(this.#ballast, 'a');
    for (let slice = SLICE; slice.length > 0; ) {
      try {
        writeSync(file, slice);
      } catch {
        slice = slice.subarray(0, slice.length >> 1);
      }
    }
    fsyncSync(file);
    closeSync(file);
  }

  /** Somebody else has made room. */
  empty(): void {
    rmSync(this.#ballast);
  }

  /** As the system does with a disk on which it finds a fault. */
  makeReadOnly(): void {
    const device = basename(run('findmnt', '-n', '-o', 'SOURCE', this.folder).trim());
    run('sh', '-c', `echo 1 > /sys/fs/ext4/${device}/trigger_fs_error`);
  }

  /** As after a repair. */
  makeWritable(): void {
    run('umount', this.folder);
    run('sh', '-c', `e2fsck -f -y '${this.#image}' || [ $? -eq 1 ]`);
    this.#mount();
  }

  /** What the device holds at one moment: two copies that are equal. */
  keep(): void {
    const again = join(this.#around, 'again');
    for (let tries = 0; tries < TRIES; tries++) {
      for (const copy of [this.#copy, again]) run('cp', '--sparse=always', this.#image, copy);
      if (spawnSync('cmp', ['-s', this.#copy, again]).status === 0) return;
    }
    throw new Error('cannot copy the image: it does not come to rest');
  }

  /** The power is back, and the disk is as it was kept. */
  restore(): void {
    run('umount', this.folder);
    renameSync(this.#copy, this.#image);
    this.#mount();
  }

  get #ballast(): string {
    return join(this.folder, 'ballast');
  }
}

export function run(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
