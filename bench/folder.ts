/** A folder on the file system of the project, which unlike that of temporary files keeps its promises; gone with the process. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../.bench');

export function benchFolder(name: string): string {
  mkdirSync(ROOT, { recursive: true });
  const folder = mkdtempSync(join(ROOT, `${name}-`));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
