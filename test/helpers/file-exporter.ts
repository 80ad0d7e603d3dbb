/** An exporter file that is started in a folder of its own, and what it has written there. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { Exporter, Outcome } from '../../src/component/contract.ts';
import type { Batch } from '../../src/data/batch.ts';
import { fileExporter } from '../../src/exporters/file/index.ts';
import { configOf } from './component.ts';
import { Observer } from './observer.ts';

const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'spanmeter-file-'));
  folders.push(folder);
  return folder;
}

export class FileRig {
  readonly folder: string;
  readonly path: string;
  readonly observer = new Observer();
  readonly exporter: Exporter;
  nowMs = Date.parse('2026-11-20T14:02:11.318Z');

  constructor(yaml = '', folder = temporaryFolder(), name = 'traces.jsonl') {
    this.folder = folder;
    this.path = join(folder, name);
    const config = configOf(fileExporter.config, `path: ${JSON.stringify(this.path)}\n${yaml}`);
    this.exporter = fileExporter.create(
      config,
      this.observer.context('exporter/file', () => this.nowMs),
    );
  }

  static async open(yaml?: string, folder?: string): Promise<FileRig> {
    const rig = new FileRig(yaml, folder);
    await rig.exporter.start?.();
    return rig;
  }

  attempt(batch: Batch, abort = AbortSignal.timeout(5_000)): Promise<Outcome> {
    return this.exporter.attempt(batch, abort);
  }

  async close(): Promise<void> {
    await this.exporter.shutdown?.(AbortSignal.timeout(5_000));
  }

  get bytes(): Buffer {
    return readFileSync(this.path);
  }

  get lines(): readonly string[] {
    return this.bytes.toString().split('\n').slice(0, -1);
  }

  /** Sorted. */
  get files(): readonly string[] {
    return readdirSync(this.folder).sort();
  }
}
