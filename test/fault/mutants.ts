/** `npm run fault:mutants`: puts one fault after the other into a copy of the journal and shows which suite notices. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

type Mutant = Readonly<{ name: string; file: string; from: string; to: string; suites: readonly Suite[] }>;
type Suite = keyof typeof SUITES;

const SUITES = {
  model: ['test/fault/run-model.ts', '--sequences', '4000', '--seed', '1'],
  kill: ['test/fault/kill.ts', '--rounds', '30', '--seed', '1'],
  disk: ['--test', 'test/journal/disk/*.test.ts'],
  contract: ['--test', 'test/contract/journal.test.ts'],
} as const;

const MUTANTS: readonly Mutant[] = [
  {
    name: 'answer before the write',
    file: 'commits.ts',
    from: '    const kept = this.#queue.push(claim);\n    void this.run();\n    await kept;',
    to: '    const kept = this.#queue.push(claim);\n    void this.run();\n    kept.catch(() => undefined);',
    suites: ['model', 'kill'],
  },
  {
    name: 'no sync of a group',
    file: 'log-writer.ts',
    from: '      await this.#segment.file.sync();',
    to: '      await Promise.resolve();',
    suites: ['model'],
  },
  {
    name: 'fold before the group is durable',
    file: 'commits.ts',
    from: '      await this.#logGraph(open);\n      const written',
    to: '      for (const { batch, pipelines } of records) this.#host.folds.apply({ seq: open.writer.seq + 1, timeMs: 0, batch }, pipelines);\n      await this.#logGraph(open);\n      const written',
    suites: ['model'],
  },
  {
    name: 'a copy answered before its first copy is durable',
    file: 'journal.ts',
    from: 'if (claim.records.length === 0 && claim.behind.size === 0)',
    to: 'if (claim.records.length === 0)',
    suites: ['model', 'disk'],
  },
  {
    name: 'no sync of the folder after a new segment',
    file: 'segment.ts',
    from: '    await file.sync();\n    await disk.syncDir(LOG_FOLDER);',
    to: '    await file.sync();',
    suites: ['model'],
  },
  {
    name: 'no sync of the folder after the tail is renamed',
    file: 'segment.ts',
    from: '  await disk.rename(`${path}.tmp`, path);\n  await disk.syncDir(LOG_FOLDER);',
    to: '  await disk.rename(`${path}.tmp`, path);',
    suites: ['model'],
  },
  {
    name: 'no sync of the folder after a segment is removed',
    file: 'recover.ts',
    from: '  if (newer.length > 0) await disk.syncDir(LOG_FOLDER);',
    to: '',
    suites: ['disk', 'model'],
  },
  {
    name: 'a snapshot ahead of its position',
    file: 'state.ts',
    from: 'position: folded(), parts',
    to: 'position: folded() + 1, parts',
    suites: ['model'],
  },
  {
    name: 'a snapshot that is not synced before its rename',
    file: 'snapshot-file.ts',
    from: '    await file.sync();\n    await file.close();',
    to: '    await file.close();',
    suites: ['model'],
  },
  {
    name: 'dedupe window forgotten in the snapshot',
    file: 'state.ts',
    from: '  yield at(DEDUPE, claims.saveParts());',
    to: '  yield at(DEDUPE, claims.saveParts().map((part, index) => (index < 2 ? part : new Uint8Array(new Uint32Array([1, 0]).buffer))));',
    suites: ['model'],
  },
  {
    name: 'a segment unlinked before cursor and snapshot are durable',
    file: 'retention.ts',
    from: '    await giveUp(last);\n    await logCursors();',
    to: '    await this.#unlink(first);\n    return true;\n    await giveUp(last);\n    await logCursors();',
    suites: ['model', 'contract'],
  },
  {
    name: 'segments deleted by the newest snapshot only',
    file: 'snapshots.ts',
    from: 'return this.#kept.length < KEPT ? 0 : Math.min(',
    to: 'return Math.max(0, ',
    suites: ['disk', 'model'],
  },
  {
    name: 'no checksum of the payload',
    file: 'record.ts',
    from: 'return crc32(bytes.subarray(start, start + payloadBytes), bytes.readUInt32LE(at + 32)) === bytes.readUInt32LE(at + 36);',
    to: 'return start + payloadBytes <= bytes.length;',
    suites: ['disk', 'model'],
  },
  {
    name: 'checksums without the key',
    file: 'record.ts',
    from: 'const headerCrc = crc32(bytes.subarray(at, at + 32), key);',
    to: 'const headerCrc = crc32(bytes.subarray(at, at + 32), key & 0);',
    suites: ['disk'],
  },
  {
    name: 'the scan stops at the first bad record',
    file: 'log-records.ts',
    from: '      at = nextPlace(bytes, at + 1);\n      continue;',
    to: '      return { records, used: at, needs: 0, last, ended: true };',
    suites: ['disk'],
  },
  {
    name: 'pending spans kept after a failed group',
    file: 'commits.ts',
    from: '      this.#host.claims.release(claim);\n',
    to: '',
    suites: ['disk', 'model'],
  },
  {
    name: 'a second sync believed',
    file: 'log-writer.ts',
    from: "      throw dead('sync the journal', error);",
    to: '      await this.#segment.file.sync();',
    suites: ['disk'],
  },
  {
    name: 'a cursor ahead of what is settled',
    file: 'disk-reader.ts',
    from: 'return Math.max(this.#floor, Number.isFinite(unsettled) ? unsettled : this.#host.folded());',
    to: 'return Math.max(this.#floor, this.#newest);',
    suites: ['contract', 'model', 'disk'],
  },
  {
    name: 'spans on disk given up and not counted',
    file: 'disk-reader.ts',
    from: '    this.#dropped += record.spans;\n    this.#host.dropped(this.id, record.spans);',
    to: '    this.#dropped += record.spans;',
    suites: ['contract', 'model'],
  },
  {
    name: 'a gap of the torn tail left open',
    file: 'recover.ts',
    from: '    return [...unsynced, ...gaps]',
    to: '    return [...unsynced, ...gaps.slice(gaps.length)]',
    suites: ['disk', 'model'],
  },
];

const root = new URL('../..', import.meta.url).pathname;

async function passes(folder: string, suite: Suite): Promise<boolean> {
  const child = spawn(process.execPath, SUITES[suite], { cwd: folder, stdio: 'ignore', timeout: 240_000, killSignal: 'SIGKILL' });
  const [code] = await once(child, 'exit');
  return code === 0;
}

function copyWith({ name, file, from, to }: Mutant): string {
  const folder = mkdtempSync(join(tmpdir(), 'spanmeter-mutant-'));
  for (const part of ['src', 'test', 'package.json']) cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const path = join(folder, 'src/journal', file);
  const source = readFileSync(path, 'utf8');
  if (source.split(from).length !== 2) throw new Error(`cannot make the mutant "${name}": ${file} does not hold its place once`);
  writeFileSync(
    path,
    source.replace(from, () => to),
  );
  return folder;
}

async function caughtBy(mutant: Mutant): Promise<Suite | undefined> {
  const folder = copyWith(mutant);
  try {
    for (const suite of mutant.suites) if (!(await passes(folder, suite))) return suite;
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const chosen = MUTANTS.filter(({ name }) => process.argv.slice(2).every((word) => name.includes(word)));
const waiting = [...chosen];
const survivors: string[] = [];
async function work(): Promise<void> {
  for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
    const suite = await caughtBy(mutant);
    console.log(suite === undefined ? `SURVIVED  ${mutant.name}` : `caught by ${suite.padEnd(8)}  ${mutant.name}`);
    if (suite === undefined) survivors.push(mutant.name);
  }
}
await Promise.all([work(), work()]);
if (survivors.length > 0) process.exitCode = 1;
