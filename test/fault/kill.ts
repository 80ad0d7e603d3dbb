/** `npm run fault:kill -- --rounds 200 [--seed 1]`: kill -9 at random moments under load; nothing acknowledged is lost or counted twice. */
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Choose, chooser } from './model-disk.ts';
import { sumOf } from './money-fold.ts';

type Message = Readonly<{
  acked?: readonly number[];
  duplicates?: number;
  started?: Readonly<{ torn: number; corrupt: number }>;
  total?: string;
  names?: readonly (readonly [string, number])[];
  backlog?: number;
}>;

const APPENDERS = 16;
const MAX_LIFE_MS = 250;
export const CHILD = new URL('./kill-child.ts', import.meta.url).pathname;

/** What the senders know, over all lives of the journal. */
export class Senders {
  readonly issued = new Set<number>();
  readonly acked = new Set<number>();
  shown = 0n;
  readonly tally = { torn: 0, duplicates: 0, inDoubt: 0 };
  readonly #unacked = new Map<number, readonly number[]>();
  #next = 1;

  /** Bodies that were not answered first, then new ones. */
  body(choose: Choose): readonly number[] {
    const [waiting] = this.#unacked.values();
    const ids = waiting ?? Array.from({ length: 1 + choose(4) }, () => this.#next++);
    this.#unacked.delete(ids[0]!);
    for (const id of ids) this.issued.add(id);
    return ids;
  }

  lost(ids: readonly number[]): void {
    if (ids.every((id) => this.acked.has(id))) return;
    this.#unacked.set(ids[0]!, ids);
    this.tally.inDoubt += 1;
  }

  /** After a start: what may be there and what must be. */
  judge({ started, total = '0', names = [] }: Message): void {
    this.tally.torn += started?.torn ?? 0;
    assert.equal(started?.corrupt, 0, 'a crash is no corruption');
    for (const [name, count] of names) {
      assert.equal(count, 1, `span ${name} is counted once`);
      assert.ok(this.issued.has(Number(name)), `span ${name} was sent`);
    }
    const counted = new Set(names.map(([name]) => Number(name)));
    for (const id of this.acked) assert.ok(counted.has(id), `span ${id} was acknowledged`);
    assert.equal(BigInt(total), sumOf(counted), 'the sum is exact');
    assert.ok(BigInt(total) >= this.shown, 'no total goes back');
  }
}

/** One life: load on all connections, some bodies twice at the same moment. Resolves with its end. */
export async function live(
  child: ChildProcess,
  senders: Senders,
  choose: Choose,
  lifeMs: number,
  end: () => Promise<void>,
): Promise<void> {
  const open = new Set<readonly number[]>();
  const send = () => {
    const ids = senders.body(choose);
    open.add(ids);
    child.send({ append: ids }, () => undefined);
    if (choose(20) === 0) child.send({ append: ids }, () => undefined);
  };
  const [first]: Message[] = await once(child, 'message');
  senders.judge(first ?? {});
  child.on('message', ({ acked, duplicates = 0, total }: Message) => {
    if (total !== undefined) senders.shown = BigInt(total);
    if (acked === undefined) return;
    for (const id of acked) senders.acked.add(id);
    senders.tally.duplicates += duplicates;
    const answered = [...open].find((ids) => ids[0] === acked[0]);
    if (answered === undefined) return;
    open.delete(answered);
    if (child.connected) send();
  });
  for (let connection = 0; connection < APPENDERS; connection++) send();
  child.send({ read: true }, () => undefined);
  await sleep(lifeMs);
  await end();
  for (const ids of open) senders.lost(ids);
}

/** A last life without a kill: everything is repeated, delivered and summed up. */
export async function finish(child: ChildProcess, senders: Senders, choose: Choose, deliveredFile: string): Promise<void> {
  const [first]: Message[] = await once(child, 'message');
  senders.judge(first ?? {});
  while (senders.acked.size < senders.issued.size) {
    child.send({ append: senders.body(choose) });
    const [{ acked = [] }] = (await once(child, 'message')) as [Message];
    for (const id of acked) senders.acked.add(id);
  }
  for (let backlog = 1; backlog > 0; await sleep(10)) {
    child.send({ read: true });
    const [message] = (await once(child, 'message')) as [Message];
    if (message?.total === undefined) continue;
    backlog = message.backlog ?? 0;
    if (backlog === 0) assert.equal(BigInt(message.total), sumOf(senders.issued), 'the sum is exact to the last digit');
  }
  const delivered = new Set(
    readFileSync(deliveredFile, 'utf8')
      .split('\n')
      .filter((name) => name !== '')
      .map(Number),
  );
  for (const id of senders.acked) assert.ok(delivered.has(id), `span ${id} was delivered`);
  for (const id of delivered) assert.ok(senders.issued.has(id), `span ${id} was sent`);
}

export async function killRounds(rounds: number, seed: number): Promise<Senders> {
  const choose = chooser(seed);
  const senders = new Senders();
  const folder = mkdtempSync(join(tmpdir(), 'spanmeter-kill-'));
  const deliveredFile = join(folder, 'delivered');
  const start = () => fork(CHILD, [join(folder, 'data'), deliveredFile], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  try {
    for (let round = 0; round < rounds; round++) {
      const child = start();
      await live(child, senders, choose, choose(MAX_LIFE_MS), async () => {
        const exited = once(child, 'exit');
        child.kill('SIGKILL');
        await exited;
      });
    }
    const child = start();
    await finish(child, senders, choose, deliveredFile);
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  } finally {
    if (existsSync(folder)) rmSync(folder, { recursive: true });
  }
  return senders;
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '200' }, seed: { type: 'string' } } });
  const seed = Number(values.seed ?? Date.now() % 2 ** 31);
  console.log(`seed ${seed}`);
  const began = performance.now();
  const { tally, acked } = await killRounds(Number(values.rounds), seed);
  console.log(`${values.rounds} kills in ${Math.round((performance.now() - began) / 1000)} s, ${acked.size} spans`, tally);
  assert.ok(tally.inDoubt > 0 && tally.duplicates > 0, 'a run in which nothing happened shows nothing');
}
