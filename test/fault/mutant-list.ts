/** Faults that a journal can have, each as a change of one place in the source, and the smallest run that notices it. */

/** What stands in the file once, and what is put in its place. */
export type Edit = Readonly<{ from: string; to: string }>;
export type Mutant = Readonly<{ name: string; file: string; suite: Suite } & (Edit | { edits: readonly Edit[] })>;
export type Suite = keyof typeof SUITES;

function tests(...files: readonly string[]): readonly string[] {
  return ['--test', ...files.map((file) => `test/${file}.test.ts`)];
}

export const SUITES = {
  model: ['test/fault/run-model.ts', '--sequences', '2000', '--processes', '1', '--seed', '1'],
  kill: ['test/fault/kill.ts', '--rounds', '16', '--seed', '1'],
  tail: tests('journal/disk/torn-tail', 'journal/record'),
  corruption: tests('journal/disk/corruption'),
  restart: tests('journal/disk/restart'),
  faults: tests('journal/disk/full-and-failing', 'journal/log-writer'),
  lock: tests('journal/disk/lock'),
  letters: tests('journal/disk/dead-letter-log'),
  contract: tests('contract/journal'),
  delivery: tests('delivery/dead-letters', 'delivery/shutdown'),
  process: tests('connectors/genai/other-process'),
} as const;

/** Of a group. */
const WRITE = '      const written = await this.#write(open,';

const ACKNOWLEDGING: readonly Mutant[] = [
  {
    name: 'answer before the write',
    file: 'journal/commits.ts',
    from: '    return kept;\n',
    to: '    kept.catch(() => undefined);\n    return Promise.resolve();\n',
    suite: 'kill',
  },
  {
    name: 'no sync of a group',
    file: 'journal/log-writer.ts',
    from: '      await this.#segment.file.sync();',
    to: '      await Promise.resolve();',
    suite: 'model',
  },
  {
    name: 'fold before the group is durable',
    file: 'journal/commits.ts',
    edits: [
      { from: '    folds.apply({ seq, timeMs, batch }, pipelines);\n', to: '    void folds;\n' },
      {
        from: WRITE,
        to: `      for (const [index, { batch, pipelines }] of records.entries()) this.#host.folds.apply({ seq: open.writer.seq + 1 + index, timeMs: 0, batch }, pipelines);\n${WRITE}`,
      },
    ],
    suite: 'model',
  },
  {
    name: 'readers woken before the group is durable',
    file: 'journal/commits.ts',
    edits: [
      { from: '    readers().push(record, pipelines, place);\n', to: '    void [readers, record, pipelines, place];\n' },
      {
        from: WRITE,
        to: `      for (const [index, { batch, encoded, pipelines, spans }] of records.entries()) readers.push({ seq: open.writer.seq + 1 + index, timeMs: 0, signal: batch.signal, spans, ...encoded }, pipelines, { segment: open.writer.segment, offset: 40 });\n${WRITE}`,
      },
    ],
    suite: 'model',
  },
  {
    name: 'a copy answered before its first copy is durable',
    file: 'journal/journal.ts',
    from: 'claim.records.length === 0 && claim.behind.length === 0',
    to: 'claim.records.length === 0',
    suite: 'faults',
  },
  {
    name: 'pending spans kept after a failed group',
    file: 'journal/commits.ts',
    from: '      this.#host.claims.release(claim);\n',
    to: '',
    suite: 'faults',
  },
  {
    name: 'partial record not truncated',
    file: 'journal/log-writer.ts',
    from: '      await this.#cutBack(); // a part of a record may be there\n',
    to: '',
    suite: 'faults',
  },
  {
    name: 'room looked for beside the groups',
    file: 'journal/journal.ts',
    from: 'await this.#commits.hasRoomFor(',
    to: 'await open.writer.hasRoomFor(',
    suite: 'faults',
  },
  {
    name: 'a second sync believed',
    file: 'journal/log-writer.ts',
    from: "      throw diskFailed('sync the journal', error);",
    to: '      await this.#segment.file.sync();',
    suite: 'faults',
  },
];

const FILES: readonly Mutant[] = [
  {
    name: 'no sync of the folder after a new segment',
    file: 'journal/segment.ts',
    from: '    await file.sync();\n    await disk.syncDir(LOG_FOLDER);',
    to: '    await file.sync();',
    suite: 'model',
  },
  {
    name: 'no sync of the folder after the tail is renamed',
    file: 'journal/segment.ts',
    from: '  await disk.rename(`${path}.tmp`, path);\n  await disk.syncDir(LOG_FOLDER);',
    to: '  await disk.rename(`${path}.tmp`, path);',
    suite: 'model',
  },
  {
    name: 'no sync of the folder after a segment is removed',
    file: 'journal/recover.ts',
    from: '  if (newer.length > 0) await disk.syncDir(LOG_FOLDER);',
    to: '',
    suite: 'restart',
  },
  {
    name: 'a snapshot ahead of its position',
    file: 'journal/state.ts',
    from: 'position: folded(), parts',
    to: 'position: folded() + 1, parts',
    suite: 'model',
  },
  {
    name: 'a snapshot that is not synced before its rename',
    file: 'journal/snapshot-file.ts',
    from: '    await file.sync();\n    await file.close();',
    to: '    await file.close();',
    suite: 'model',
  },
  {
    name: 'dedupe window forgotten in the snapshot',
    file: 'journal/state.ts',
    from: '  yield at(DEDUPE, claims.saveParts());',
    to: '  yield at(DEDUPE, claims.saveParts().map((part, index) => (index < 2 ? part : new Uint8Array(new Uint32Array([1, 0]).buffer))));',
    suite: 'model',
  },
  {
    name: 'a segment unlinked before cursor and snapshot are durable',
    file: 'journal/retention.ts',
    from: '    await giveUp(last);\n',
    to: '    await this.#unlink(first);\n    await giveUp(last);\n    if (last > 0) return true;\n',
    suite: 'model',
  },
  {
    name: 'segments deleted by the newest snapshot only',
    file: 'journal/snapshots.ts',
    from: 'return this.#kept.length < KEPT ? 0 : Math.min(',
    to: 'return Math.max(0, ',
    suite: 'restart',
  },
  {
    name: 'pid-file lock',
    file: 'journal/lock.ts',
    from: '  const file = await open(path,',
    to: `  const { readFileSync, rmSync, writeFileSync } = await import('node:fs');
  const pidFile = \`\${path}.pid\`;
  const other = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : process.pid;
  if (other !== process.pid && existsSync(\`/proc/\${other}\`)) throw new JournalError(1, \`cannot use "\${directory}"\`, undefined);
  if (other > 0) {
    writeFileSync(pidFile, String(process.pid));
    return () => rmSync(pidFile);
  }
  const file = await open(path,`,
    suite: 'lock',
  },
];

const RECOVERING: readonly Mutant[] = [
  {
    name: 'no checksum of the payload',
    file: 'journal/record.ts',
    from: 'return crc32(bytes.subarray(start, start + payloadBytes), bytes.readUInt32LE(at + 32)) === bytes.readUInt32LE(at + 36);',
    to: 'return start + payloadBytes <= bytes.length;',
    suite: 'tail',
  },
  {
    name: 'one checksum over all: a header is believed before its payload is read',
    file: 'journal/record.ts',
    from: '  if (crc32(bytes.subarray(at, at + 32), key) !== bytes.readUInt32LE(at + 32)) return undefined;\n',
    to: '  if (key < 0) return undefined;\n',
    suite: 'tail',
  },
  {
    name: 'checksums without the key',
    file: 'journal/record.ts',
    edits: [
      {
        from: 'const headerCrc = crc32(bytes.subarray(at, at + 32), key);',
        to: 'const headerCrc = crc32(bytes.subarray(at, at + 32), key & 0);',
      },
      { from: 'if (crc32(bytes.subarray(at, at + 32), key) !== ', to: 'if (crc32(bytes.subarray(at, at + 32), key & 0) !== ' },
    ],
    suite: 'tail',
  },
  {
    name: 'zero length accepted',
    file: 'journal/record.ts',
    from: '  if (payloadBytes === 0) return undefined;\n',
    to: '',
    suite: 'tail',
  },
  {
    name: 'the scan stops at the first bad record',
    file: 'journal/log-records.ts',
    from: '      at = nextPlace(bytes, at + 1);\n      continue;',
    to: '      return { records, used: at, needs: 0, last, ended: true };',
    suite: 'corruption',
  },
  {
    name: 'a gap of the torn tail left open',
    file: 'journal/survivors.ts',
    from: 'return [...whole, ...gaps]',
    to: 'return [...whole, ...gaps.slice(gaps.length)]',
    suite: 'tail',
  },
  {
    name: 'half of a request that a crash has cut counts',
    file: 'journal/survivors.ts',
    from: '    return partial;\n',
    to: '    return new Set();\n',
    suite: 'tail',
  },
  {
    name: 'the total of a removed metric forgotten by the log',
    file: 'journal/commits.ts',
    from: 'frozen: frozen.map(encodeFrozen)',
    to: 'frozen: frozen.slice(frozen.length).map(encodeFrozen)',
    suite: 'restart',
  },
  {
    name: 'damage passed over by a reader',
    file: 'journal/read-back.ts',
    from: '    if (to < from) return;\n',
    to: '    if (to >= 0) return;\n',
    suite: 'corruption',
  },
];

const DELIVERING: readonly Mutant[] = [
  {
    name: 'a cursor ahead of what is settled',
    file: 'journal/disk-reader.ts',
    from: 'return Math.max(this.#floor, Number.isFinite(unsettled) ? unsettled : this.#host.folded());',
    to: 'return Math.max(this.#floor, this.#host.folded());',
    suite: 'model',
  },
  {
    name: 'cursor before the 2xx',
    file: 'delivery/reader.ts',
    edits: [
      { from: '        for (const taken of takes) this.#reader.done(taken);\n', to: '' },
      {
        from: '      await this.#settle(takes);\n',
        to: '      for (const taken of takes) this.#reader.done(taken);\n      await this.#settle(takes);\n',
      },
    ],
    suite: 'delivery',
  },
  {
    name: 'cursor before the dead letter is durable',
    file: 'delivery/sender.ts',
    from: '    await this.#keeper.keep(',
    to: '    void this.#keeper.keep(',
    suite: 'delivery',
  },
  {
    name: 'a dead letter that is not synced',
    file: 'journal/letter-box.ts',
    from: '      await this.#open.sync();\n',
    to: '',
    suite: 'letters',
  },
  {
    name: 'newest dropped instead of oldest',
    file: 'journal/disk-reader.ts',
    from: '    this.#count(record, 1);\n    if (this.#behind !== undefined) return;\n',
    to: "    if (this.#pending.records >= 5) return this.#host.dropped(this.id, record.spans, 'backlog_full');\n    this.#count(record, 1);\n    if (this.#behind !== undefined) return;\n",
    suite: 'contract',
  },
  {
    name: 'dropped before fold',
    file: 'journal/commits.ts',
    from: '    folds.apply({ seq, timeMs, batch }, pipelines);\n',
    to: '    if (readers().byId.values().every(({ backlog }) => backlog.records < 5)) folds.apply({ seq, timeMs, batch }, pipelines);\n',
    suite: 'contract',
  },
  {
    name: 'spans on disk given up and not counted',
    file: 'journal/disk-reader.ts',
    from: "    this.#host.dropped(this.id, record.spans, 'backlog_full');\n",
    to: '',
    suite: 'contract',
  },
];

const COUNTING: readonly Mutant[] = [
  {
    name: 'money as doubles',
    file: 'metrics/scalar-table.ts',
    from: '    series.value += amount;\n',
    to: '    series.value = BigInt(Math.round((Number(series.value) / 1e12 + Number(amount) / 1e12) * 1e12));\n',
    suite: 'kill',
  },
  {
    name: 'a clock in a fold',
    file: 'connectors/genai/metric-fold.ts',
    from: '      timeMs = record.timeMs;\n',
    to: '      timeMs = Math.max(record.timeMs, Date.now());\n',
    suite: 'process',
  },
  {
    name: 'chance in a fold',
    file: 'connectors/genai/metric-fold.ts',
    from: '      timeMs = record.timeMs;\n',
    to: '      timeMs = record.timeMs + Math.floor(Math.random() * 10);\n',
    suite: 'process',
  },
];

export const MUTANTS: readonly Mutant[] = [...ACKNOWLEDGING, ...FILES, ...RECOVERING, ...DELIVERING, ...COUNTING];
