/** Small file systems of their own for faults that must not reach the machine's: one in memory, one like a disk's. */
import { execFileSync } from 'node:child_process';
import { closeSync, fsyncSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';

export type Kind = 'tmpfs' | 'ext4';

const SLICE = Buffer.alloc(2 ** 20, 'x');

export class Mount {
  readonly kind: Kind;
  readonly folder: string;
  readonly #around: string;
  readonly #device: string | undefined;

  private constructor(kind: Kind, around: string, device: string | undefined) {
    this.kind = kind;
    this.#around = around;
    this.folder = join(around, 'mounted');
    this.#device = device;
  }

  static open(kind: Kind, mebibytes: number): Mount {
    const around = mkdtempSync('/dev/shm/spanmeter-mount-');
    const folder = join(around, 'mounted');
    mkdirSync(folder);
    if (kind === 'tmpfs') {
      run('mount', '-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder);
      return new Mount(kind, around, undefined);
    }
    const image = join(around, 'image');
    run('truncate', '-s', `${mebibytes}M`, image);
    run('mkfs.ext4', '-q', '-F', image);
    run('mount', '-o', 'loop,errors=remount-ro', image, folder);
    return new Mount(kind, around, run('findmnt', '-n', '-o', 'SOURCE', folder).trim());
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
    const device = basename(this.#device ?? '');
    run('sh', '-c', `echo 1 > /sys/fs/ext4/${device}/trigger_fs_error`);
  }

  /** As after a repair. */
  makeWritable(): void {
    run('umount', this.folder);
    run('sh', '-c', `e2fsck -f -y '${join(this.#around, 'image')}' || [ $? -eq 1 ]`);
    run('mount', '-o', 'loop,errors=remount-ro', join(this.#around, 'image'), this.folder);
  }

  close(): void {
    run('umount', this.folder);
    rmSync(this.#around, { recursive: true });
  }

  get #ballast(): string {
    return join(this.folder, 'ballast');
  }
}

function run(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
