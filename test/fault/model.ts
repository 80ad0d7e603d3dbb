/** Runs a journal on the model disk through a life of crashes, and holds it to what it has promised. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Reader } from '../../src/journal/contract.ts';
import type { DiskJournal } from '../../src/journal/journal.ts';
import { diskJournal } from '../helpers/disk-journal.ts';
import { batchOf, drops, never, spanOf } from '../helpers/journal-rig.ts';
import type { Observer } from '../helpers/observer.ts';
import { chooser, ModelDisk } from './model-disk.ts';
import { costOf, MoneyFold, sumOf } from './money-fold.ts';

type Command =
  /** `both`: for a second pipeline too, which treats it otherwise. */
  | Readonly<{ type: 'append'; spans: number; padding: number; both: boolean }>
  | Readonly<{ type: 'repeat'; index: number }>
  | Readonly<{ type: 'wait' | 'take' | 'settle' | 'alarms' }>
  /** `both`: the exporter reads both pipelines from now on, else the first one. */
  | Readonly<{ type: 'reload'; both: boolean }>
  /** What is left of the disk: what does not fit is written as far as it goes. */
  | Readonly<{ type: 'room'; freeBytes: number }>;

export type Life = Readonly<{
  commands: readonly Command[];
  /** Operations of the disk until the process is gone; beyond the last command it is closed first. */
  crashAfter: number;
  kind: 'power' | 'kill';
  seed: number;
}>;

export type Sequence = Readonly<{ lives: readonly Life[]; maxBytes: number; snapshotBytes: number }>;

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('append'),
      spans: fc.integer({ min: 1, max: 3 }),
      padding: fc.integer({ min: 0, max: 300 }),
      both: fc.constantFrom(false, false, true),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('repeat'), index: fc.nat(50) }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constantFrom('wait', 'take', 'settle', 'alarms') }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('reload'), both: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('room'), freeBytes: fc.constantFrom(2 ** 40, 2 ** 40, 20, 300, 1_200) }),
  },
) as fc.Arbitrary<Command>;

const life: fc.Arbitrary<Life> = fc.record({
  commands: fc.array(command, { maxLength: 14 }),
  crashAfter: fc.integer({ min: 1, max: 140 }),
  kind: fc.constantFrom('power', 'power', 'kill'),
  seed: fc.nat(),
}) as fc.Arbitrary<Life>;

export const sequences: fc.Arbitrary<Sequence> = fc.record({
  lives: fc.array(life, { minLength: 1, maxLength: 5 }),
  maxBytes: fc.constantFrom(2 ** 30, 4_000),
  snapshotBytes: fc.constantFrom(300, 1_500, 2 ** 26),
});

/** What happened in many runs; a bench in which nothing happened has shown nothing. */
export type Tally = { crashes: number; torn: number; duplicates: number; inDoubt: number; dropped: number };

export async function runSequence({ lives, maxBytes, snapshotBytes }: Sequence, tally: Tally): Promise<void> {
  const run = new Run(maxBytes, snapshotBytes, tally);
  for (const one of lives) await run.live(one);
  await run.end();
}

type Body = Readonly<{ ids: readonly number[]; both: boolean }>;

class Run {
  readonly #disk = new ModelDisk();
  readonly #settings: Readonly<{ maxBytes: number; snapshotBytes: number }>;
  readonly #tally: Tally;
  readonly #bodies: Body[] = [];
  readonly #acked = new Set<number>();
  readonly #issued = new Set<number>();
  /** Shown to somebody: counted, or handed to an exporter. */
  #shown = new Set<string>();
  readonly #delivered = new Set<string>();
  #dropped = 0;
  #padding = 0;
  #next = 1;
  #journal: DiskJournal;
  #observer: Observer;
  #fold = new MoneyFold();
  /** Of the second pipeline. */
  #other = new MoneyFold('other');
  #readsBoth = false;
  #reader: Reader;
  #alarms = new Set<() => void>();
  #open: Promise<unknown>[] = [];
  #takes: (readonly [Reader, Awaited<ReturnType<Reader['next']>>])[] = [];

  constructor(maxBytes: number, snapshotBytes: number, tally: Tally) {
    this.#settings = { maxBytes, snapshotBytes };
    this.#tally = tally;
    ({ journal: this.#journal, observer: this.#observer } = this.#create());
    this.#reader = this.#bind();
  }

  async live({ commands, crashAfter, kind, seed }: Life): Promise<void> {
    const crashed = this.#disk.crashAfter(crashAfter);
    const lived = this.#work(commands);
    await Promise.race([crashed, lived]);
    this.#tally.crashes += 1;
    // Nobody sees what is counted again before the start is over.
    if (this.#journal.recovery !== undefined) for (const name of this.#fold.countByName.keys()) this.#shown.add(name);
    this.#end();
    this.#disk.freeBytes = 2 ** 40;
    this.#disk.restart(chooser(seed), kind);
    ({ journal: this.#journal, observer: this.#observer } = this.#create());
    this.#reader = this.#bind();
  }

  /** A last start without a crash: everything must be there, and every retry must find its place. */
  async end(): Promise<void> {
    await this.#start();
    this.#tally.inDoubt += this.#issued.size - this.#acked.size;
    for (const body of this.#bodies) await this.#journal.append(this.#entries(body));
    assert.equal(this.#fold.total, sumOf(this.#issued), 'the sum is exact');
    const both = this.#bodies.filter((body) => body.both).flatMap(({ ids }) => ids);
    assert.equal(this.#other.total, sumOf(new Set(both)), 'the sum of the second pipeline is exact');
    for (const id of this.#issued) assert.equal(this.#fold.countByName.get(String(id)), 1, `span ${id} is counted once`);
    while (this.#reader.backlog.records > 0) await this.#take();
    this.#noteDrops();
    const missing = [...this.#issued].filter((id) => !this.#delivered.has(String(id)));
    assert.ok(missing.length <= this.#dropped, `spans ${missing} never came, ${this.#dropped} were given up`);
    await this.#journal.close(never);
    assert.deepEqual(this.#observer.failures, []);
  }

  async #start(): Promise<void> {
    await this.#journal.start();
    const { corrupt, torn } = this.#journal.recovery!;
    assert.equal(corrupt, 0, 'a crash is no corruption');
    this.#tally.torn += torn;
    const counts = this.#fold.countByName;
    for (const [name, count] of counts) {
      assert.equal(count, 1, `span ${name} is counted once`);
      assert.ok(this.#issued.has(Number(name)), `span ${name} was sent`);
    }
    for (const id of this.#bodies.flatMap(({ ids, both }) => (both ? ids : []))) {
      assert.equal(
        this.#other.countByName.get(String(id)),
        counts.get(String(id)),
        `span ${id} counts in both pipelines or in none`,
      );
    }
    for (const id of this.#acked) assert.ok(counts.has(String(id)), `span ${id} was acknowledged`);
    for (const name of this.#shown) assert.ok(counts.has(name), `span ${name} was shown`);
  }

  async #work(commands: readonly Command[]): Promise<void> {
    const mine = this.#journal;
    await this.#start();
    const gone = new Promise<never>(() => undefined);
    for (const one of commands) {
      if (this.#journal !== mine) return gone; // in the moment of a crash a process may still go on, and no further
      await this.#execute(one);
    }
    if (this.#journal !== mine) return gone;
    await Promise.all(this.#open);
    await mine.close(never);
  }

  async #execute(one: Command): Promise<void> {
    switch (one.type) {
      case 'append': {
        const ids = Array.from({ length: one.spans }, () => this.#next++);
        this.#padding = one.padding;
        const body = { ids, both: one.both };
        this.#bodies.push(body);
        return this.#append(body);
      }
      case 'repeat': {
        const body = this.#bodies[one.index % Math.max(1, this.#bodies.length)];
        return body && this.#append(body);
      }
      case 'wait':
        await Promise.all(this.#open);
        this.#open = [];
        return;
      case 'take':
        if (this.#reader.backlog.records > 0) await Promise.race([this.#take(false), new Promise(setImmediate)]);
        return;
      case 'settle':
        for (const [reader, taken] of this.#takes.splice(0)) reader.done(taken);
        return;
      case 'alarms':
        for (const alarm of [...this.#alarms]) alarm();
        for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
        return;
      case 'reload':
        this.#readsBoth = one.both;
        this.#bind();
        return;
      case 'room':
        this.#disk.freeBytes = one.freeBytes;
    }
  }

  #append(body: Body): void {
    const { ids } = body;
    for (const id of ids) this.#issued.add(id);
    const journal = this.#journal;
    const appended = journal.append(this.#entries(body)).then(
      ({ duplicates }) => {
        this.#tally.duplicates += duplicates;
        for (const id of ids) this.#acked.add(id);
        if (this.#journal !== journal) return;
        for (const id of ids) assert.equal(this.#fold.countByName.get(String(id)), 1, 'counted before it is acknowledged');
      },
      (error) => assert.match(String(error), /unavailable|cannot take the request/),
    );
    this.#open.push(appended);
  }

  #entries({ ids, both }: Body) {
    const spans = ids.map((id) => ({ ...spanOf(id, costOf(id)), traceState: 'x'.repeat(this.#padding) }));
    const first = { pipelines: ['traces'], batch: batchOf(...spans) };
    const treated = spans.map((span) => ({ ...span, traceState: '' }));
    return both ? [first, { pipelines: ['traces/other'], batch: batchOf(...treated) }] : [first];
  }

  async #take(settle = true): Promise<void> {
    const reader = this.#reader;
    const taken = await reader.next({ bytes: 2_000, spans: 4 }, never);
    for (const { bytes } of taken) {
      for (const name of Buffer.from(bytes)
        .toString()
        .matchAll(/"name":"(\d+)"/g)) {
        this.#delivered.add(name[1]!);
        this.#shown.add(name[1]!);
      }
    }
    if (settle) reader.done(taken);
    else this.#takes.push([reader, taken]);
  }

  #bind(): Reader {
    this.#fold = new MoneyFold();
    this.#other = new MoneyFold('other');
    const [first, second] = [new Set(['traces']), new Set(['traces/other'])];
    const folds = [
      { connector: 'genai', pipelines: first, fold: this.#fold },
      { connector: 'genai/other', pipelines: second, fold: this.#other },
    ];
    const readers = [{ id: 'tempo', pipelines: this.#readsBoth ? first.union(second) : first }];
    return this.#journal.bind({ folds, readers }).get('tempo')!;
  }

  #create() {
    const alarms = new Set<() => void>();
    this.#alarms = alarms;
    return diskJournal({
      disk: this.#disk.session(),
      segmentBytes: 1_000,
      // More than a sequence has.
      maxSpans: 512,
      ...this.#settings,
      after(_ms, run) {
        const alarm = () => {
          alarms.delete(alarm);
          run();
        };
        alarms.add(alarm);
        return () => alarms.delete(alarm);
      },
    });
  }

  #end(): void {
    this.#noteDrops();
    this.#open = [];
    this.#takes = [];
  }

  #noteDrops(): void {
    const dropped = this.#observer.count('spanmeter_journal_dropped_spans_total');
    for (const [, reason] of drops(this.#observer)) assert.equal(reason, 'backlog_full', 'nothing else takes spans away');
    this.#dropped += dropped;
    this.#tally.dropped += dropped;
  }
}
