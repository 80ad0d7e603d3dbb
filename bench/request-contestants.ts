/** Who takes part in the comparison of requests, under which name. */
import type { Body } from './body.ts';
import type { CollectorQueue } from './collector-config.ts';
import type { Contestant } from './contestant.ts';
import { collector, spanmeter, twin } from './contestants.ts';
import type { Settings } from './section.ts';
import type { Changes } from './spanmeter-config.ts';

export const NAMES = {
  durable: 'spanmeter',
  'durable-zstd': 'spanmeter, zstd',
  memory: 'spanmeter, memory',
  'memory-zstd': 'spanmeter, memory, zstd',
  alone: 'spanmeter, not forwarding',
  'alone-memory': 'spanmeter, memory, not forwarding',
  fsync: 'Collector, fsync',
  'fsync-zstd': 'Collector, fsync, zstd',
  file: 'Collector, file',
  queue: 'Collector, memory',
  'queue-zstd': 'Collector, memory, zstd',
  parse: 'node:http + JSON.parse',
  keep: 'node:http + JSON.parse + writev + fdatasync',
} as const;

type Key = keyof typeof NAMES;

/** Enough to see that nothing is missed. */
const QUICK: readonly Key[] = ['durable', 'memory-zstd', 'keep', 'fsync'];

/** The other one is for whoever works on the journal. */
const COMPARED = Object.keys(NAMES).filter((key) => key !== 'alone-memory');

/** `only`: keys of the names above. */
export function contestantsOf(body: Body, { collector: program, only, profile, quick }: Settings): readonly Contestant[] {
  const own = (key: Key, changes: Changes = {}) => [key, spanmeter(NAMES[key], changes, profile)] as const;
  const all: (readonly [Key, Contestant])[] = [
    own('durable'),
    own('durable-zstd', { compression: 'zstd' }),
    own('memory', { storage: 'memory' }),
    own('memory-zstd', { storage: 'memory', compression: 'zstd' }),
    own('alone', { forwards: false }),
    own('alone-memory', { forwards: false, storage: 'memory' }),
  ];
  // The bare servers parse JSON.
  if (body.mediaType === 'application/json') all.push(['parse', twin(NAMES.parse, false)], ['keep', twin(NAMES.keep, true)]);
  const other = (key: Key, queue: CollectorQueue, compression: 'gzip' | 'zstd' = 'gzip') => {
    if (program !== undefined) all.push([key, collector(NAMES[key], program, { queue, compression })]);
  };
  other('fsync', 'fsync');
  other('fsync-zstd', 'fsync', 'zstd');
  other('file', 'file');
  other('queue', 'memory');
  other('queue-zstd', 'memory', 'zstd');
  const wanted: readonly string[] = only ?? (quick ? QUICK : COMPARED);
  return all.filter(([key]) => wanted.includes(key)).map(([, contestant]) => contestant);
}
