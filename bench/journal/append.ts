/** Measures one append to a journal, without the server before it: `node bench/journal/append.ts`. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Fold } from '../../src/component/contract.ts';
import type { Journal } from '../../src/journal/contract.ts';
import { MemoryJournal } from '../../src/journal/memory.ts';
import { openJournal } from '../../src/journal/open.ts';
import { decodeTraces } from '../../src/otlp/codec.ts';
import { BODIES } from '../bodies.ts';
import { spread } from '../figures.ts';
import { benchFolder } from '../folder.ts';
import { freshen } from '../fresh-ids.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1.5' },
    writers: { type: 'string', default: '64' },
    sizes: { type: 'string', default: '2 KB,8 KB,56 KB' },
    storages: { type: 'string', default: 'none,memory,disk' },
  },
});

const root = benchFolder('append');

const diagnostics = { count() {}, record() {} };
const logger = { error: console.error, warn() {}, info() {}, debug() {}, show() {} };
const maxSpans = 1_000_000;
const lent = { maxBytes: 4 * 2 ** 30, maxSpans, now: Date.now, diagnostics, logger };
const fold: Fold = { id: 'none', fingerprint: '1', apply() {}, save: () => new Uint8Array(), load() {} };

type Figures = { perSecond: number[]; micros: number[] };

for (const size of BODIES.filter(({ name }) => options.sizes.split(',').includes(name))) {
  const journals = new Map<string, Journal | undefined>();
  for (const storage of options.storages.split(',')) journals.set(storage, await open(storage, size.name));
  const templates = size.templates(1, Date.now());
  const figures = new Map<string, Figures>([...journals.keys()].map((storage) => [storage, { perSecond: [], micros: [] }]));
  let nth = 0;
  /** What a receiver does before it, with every kind of journal and without one. */
  const take = async (journal: Journal | undefined) => {
    const { body, ids } = templates[nth % templates.length]!;
    const bytes = Buffer.from(body);
    freshen(bytes, ids, { seed: 1, series: 1 }, nth++);
    const { batch } = decodeTraces({ encoding: 'json', bytes });
    if (journal === undefined) await new Promise(setImmediate);
    else await journal.append([{ batch, pipelines: ['traces'] }]);
  };
  for (let round = -1; round < Number(options.rounds); round++) {
    for (const [storage, journal] of journals) {
      const first = nth;
      const until = performance.now() + Number(options.seconds) * 1000;
      const began = performance.now();
      const cpu = process.cpuUsage();
      const write = async () => {
        while (performance.now() < until) await take(journal);
      };
      await Promise.all(Array.from({ length: Number(options.writers) }, write));
      const { user, system } = process.cpuUsage(cpu);
      const of = figures.get(storage)!;
      if (round < 0) continue;
      of.perSecond.push(((nth - first) * 1000) / (performance.now() - began));
      of.micros.push((user + system) / (nth - first));
    }
  }
  for (const [storage, { perSecond, micros }] of figures) {
    console.log(`${size.name} | ${storage} | ${spread(perSecond, 0)} requests/s | ${spread(micros, 1)} µs CPU`);
  }
  for (const journal of journals.values()) await journal?.close(AbortSignal.abort());
}

async function open(storage: string, name: string): Promise<Journal | undefined> {
  if (storage === 'none') return undefined;
  const directory = join(root, name.replace(' ', ''));
  const fail = (error: Error) => {
    throw error;
  };
  const journal =
    storage === 'memory'
      ? new MemoryJournal(lent)
      : openJournal({ directory, segmentBytes: 64 * 2 ** 20, minFreeBytes: 0, fail, ...lent });
  journal.bind({ folds: [{ connector: 'sum', pipelines: new Set(['traces']), fold }], readers: [] });
  await journal.start();
  return journal;
}
