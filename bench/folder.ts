/** Folders on the file system of the project, which unlike that of temporary files keeps its promises; gone with the process. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../.bench');
const folders: string[] = [];
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export function benchFolder(name: string): string {
  mkdirSync(ROOT, { recursive: true });
  const folder = mkdtempSync(join(ROOT, `${name}-`));
  folders.push(folder);
  return folder;
}
