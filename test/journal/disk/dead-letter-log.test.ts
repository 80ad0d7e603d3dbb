/** What a destination refuses for good is on the disk before anybody goes on. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DeadLetter } from '../../../src/journal/contract.ts';
import { DeadLetterLog } from '../../../src/journal/dead-letter-log.ts';
import { type KeptLetter, readLetters } from '../../../src/journal/letter-file.ts';
import { writeRequest } from '../../../src/journal/letter-requests.ts';
import { Losses } from '../../../src/journal/losses.ts';
import { chooser, ModelDisk } from '../../fault/model-disk.ts';
import { drops, never } from '../../helpers/journal-rig.ts';
import { Observer } from '../../helpers/observer.ts';
import { until } from '../../helpers/until.ts';
import { loseAll } from './rig.ts';

const TEMPO = 'otlp_http/tempo';
const FOLDER = 'dead/otlp_http%2Ftempo';

/** `look`: what it would do a second later. */
async function start(disk: ModelDisk, maxBytes = 2 ** 30) {
  const observer = new Observer();
  const now = () => 5000;
  const { logger, diagnostics } = observer.context('journal', now);
  const losses = new Losses({ diagnostics, logger, now });
  const randomBytes = (count: number) => Buffer.alloc(count, 7);
  let run = () => undefined as unknown;
  let planned = () => undefined as unknown;
  const after = (_: number, next: () => void) => {
    run = next;
    planned();
    return () => undefined;
  };
  const session = disk.session();
  await session.makeDir('quarantine');
  const letters = new DeadLetterLog({ disk: session, diagnostics, logger, losses, now, after, randomBytes, maxBytes });
  await letters.start();
  const look = () =>
    new Promise<unknown>((resolve) => {
      planned = () => resolve(undefined);
      run();
    });
  return { letters, observer, look };
}

function letter(text: string, exporter = TEMPO): DeadLetter {
  const body = { encoding: 'json', bytes: Buffer.from(text), mergeable: true } as const;
  return { exporter, timeMs: 4000, signal: 'traces', body, spans: 2, bodySpans: 3, reason: 'answered 400' };
}

function files(disk: ModelDisk, exporter = TEMPO): readonly string[] {
  return [...disk.files.keys()].filter((path) => path.startsWith(`dead/${encodeURIComponent(exporter)}/`)).toSorted();
}

async function lettersOf(disk: ModelDisk, exporter = TEMPO): Promise<readonly KeptLetter[]> {
  const read = await Promise.all(files(disk, exporter).map((path) => readLetters(disk.session(), path)));
  return read.flatMap((file) => file?.letters ?? []);
}

async function kept(disk: ModelDisk): Promise<readonly string[]> {
  return (await lettersOf(disk)).map(({ body }) => String(body.bytes));
}

function content(disk: ModelDisk): string {
  return [...disk.files]
    .filter(([path]) => path.startsWith('dead/'))
    .map(([, bytes]) => bytes.toString('latin1'))
    .join('');
}

describe('dead letters', () => {
  it('outlive the power, with body, reason and spans', async () => {
    const disk = new ModelDisk();
    const { letters, observer } = await start(disk);
    await Promise.all(['first', 'second'].map((text) => letters.keep(letter(text))));
    disk.restart(loseAll);
    assert.deepEqual(await kept(disk), ['first', 'second']);
    assert.match(content(disk), /"spans":2,"bodySpans":3,"reason":"answered 400"\}first.*second/s);
    assert.equal(observer.count('spanmeter_dead_letter_spans_total'), 4);
  });

  it('have numbers that rise, whatever the clock and over all exporters', async () => {
    const disk = new ModelDisk();
    for (const exporter of ['a', 'b/c', 'a']) {
      const { letters } = await start(disk);
      for (const text of ['1', '2']) await letters.keep(letter(text, exporter));
      disk.restart(loseAll);
    }
    const seqs = (await Promise.all(['a', 'b/c'].map((exporter) => lettersOf(disk, exporter)))).flat().map(({ seq }) => seq);
    assert.equal(new Set(seqs).size, 6);
    assert.ok(Math.min(...seqs) > 5000);
  });

  it('reject when the disk fails, and the next one starts afresh', async () => {
    const disk = new ModelDisk();
    const { letters } = await start(disk);
    await letters.keep(letter('first'));
    disk.fault = { operation: 'sync', code: 'EIO' };
    await assert.rejects(letters.keep(letter('second')), /cannot keep a dead letter: EIO/);
    await letters.keep(letter('third'));
    assert.match(content(disk), /first.*third/s);
    disk.restart(loseAll);
    assert.deepEqual(
      (await kept(disk)).filter((text) => text !== 'second'),
      ['first', 'third'],
    );
  });

  for (const operation of ['open', 'write', 'sync', 'syncDir', 'makeDir']) {
    it(`leave no file without a letter when a first ${operation} fails`, async () => {
      const disk = new ModelDisk();
      const { letters } = await start(disk);
      disk.fault = { operation, code: 'ENOSPC' };
      await assert.rejects(letters.keep(letter('first')), /cannot keep a dead letter: ENOSPC/);
      assert.equal(content(disk), '');
      await letters.keep(letter('again'));
      assert.deepEqual(await kept(disk), ['again']);
    });
  }

  it('that a crash left half written are gone after the next start, the others are not', async () => {
    const disk = new ModelDisk();
    const { letters } = await start(disk);
    await letters.keep(letter('first'));
    disk.restart(loseAll);
    const [whole = ''] = files(disk);
    disk.put(`${FOLDER}/0000000000009001.log`, disk.files.get(whole)!.subarray(0, 60));
    disk.put(`${FOLDER}/0000000000009002.log`, Buffer.alloc(0));
    disk.put(`${FOLDER}/0000000000009003.log.tmp`, Buffer.from('half'));
    await start(disk);
    assert.deepEqual(files(disk), [whole]);
    assert.deepEqual(await kept(disk), ['first']);
  });

  it('are given up oldest first at their limit, counted to the span also where an earlier process kept them', async () => {
    const disk = new ModelDisk();
    for (const text of ['first', 'second', 'third', 'fourth']) {
      const { letters, observer } = await start(disk, 1200);
      await letters.keep(letter(text.padEnd(200, '.')));
      assert.deepEqual(drops(observer), text === 'fourth' ? [['otlp_http/tempo', 'dead_letters_full', 2]] : []);
      disk.restart(loseAll);
    }
    assert.deepEqual(
      (await kept(disk)).map((text) => text.replaceAll('.', '')),
      ['second', 'third', 'fourth'],
    );
    const { letters, observer } = await start(disk, 1200);
    await letters.keep(letter('large'.padEnd(2000, '.')));
    assert.deepEqual(drops(observer), [['otlp_http/tempo', 'dead_letters_full', 6]], 'one larger than the limit is kept alone');
    assert.equal((await kept(disk)).length, 1);
  });
});

describe('dead letters to be sent again', () => {
  it('are handed out oldest first, and stay until they are settled', async () => {
    const disk = new ModelDisk();
    const { letters, look } = await start(disk);
    for (const text of ['first', 'second', 'third']) await letters.keep(letter(text));
    const [one, two] = await lettersOf(disk);
    await writeRequest(disk.session(), 'some', { act: 'replay', exporter: TEMPO, ranges: [[one!.seq, two!.seq]] });
    await look();
    const { records, settled } = await letters.asked(TEMPO, never);
    assert.deepEqual(
      records.map(({ bytes, spans }) => [String(bytes), spans]),
      [
        ['first', 3],
        ['second', 3],
      ],
    );
    assert.equal((await kept(disk)).length, 3);
    await letters.keep(letter('first, refused again'));
    await settled();
    assert.deepEqual(await kept(disk), ['third', 'first, refused again']);
    disk.restart(loseAll);
    assert.deepEqual(await kept(disk), ['third', 'first, refused again'], 'and the power may go');
    const stop = new AbortController();
    const more = (await start(disk)).letters.asked(TEMPO, stop.signal);
    await until('the request is gone', () => !disk.files.has('dead/some.request'));
    stop.abort(new Error('stopped'));
    await assert.rejects(more, /stopped/);
  });

  it('are asked for again after a crash before they were settled', async () => {
    const disk = new ModelDisk();
    const { letters, look } = await start(disk);
    await letters.keep(letter('first'));
    await writeRequest(disk.session(), 'all', { act: 'replay', exporter: TEMPO, ranges: [[0, 1e12]] });
    await look();
    await letters.asked(TEMPO, never);
    disk.restart(loseAll);
    const { records } = await (await start(disk)).letters.asked(TEMPO, never);
    assert.deepEqual(
      records.map(({ bytes }) => String(bytes)),
      ['first'],
    );
  });

  it('for an exporter that is not there wait, and the log says so once', async () => {
    const disk = new ModelDisk();
    const { letters, look, observer } = await start(disk);
    await letters.keep(letter('first'));
    await writeRequest(disk.session(), 'all', { act: 'replay', exporter: TEMPO, ranges: [[0, 1e12]] });
    for (const _ of [1, 2, 3]) await look();
    assert.deepEqual(observer.sentences('warn'), ['dead letters are to be sent again to an exporter that is not in the config']);
    assert.equal((await letters.asked(TEMPO, never)).records.length, 1);
  });
});

describe('dead letters to be deleted', () => {
  it('are gone with their bytes, at start and beside those that are being kept; the others stay', async () => {
    const disk = new ModelDisk();
    const { letters, look } = await start(disk);
    for (const text of ['first', 'second', 'third']) await letters.keep(letter(text));
    const [one, two] = await lettersOf(disk);
    const session = disk.session();
    await writeRequest(session, 'some', { act: 'purge', exporter: TEMPO, ranges: [[two!.seq, two!.seq]] });
    await Promise.all([look(), letters.keep(letter('fourth'))]);
    assert.deepEqual((await kept(disk)).toSorted(), ['first', 'fourth', 'third']);
    assert.ok(!content(disk).includes('second'));
    await writeRequest(session, 'more', { act: 'purge', exporter: TEMPO, ranges: [[one!.seq, one!.seq]] });
    disk.restart(loseAll);
    await start(disk);
    assert.deepEqual((await kept(disk)).toSorted(), ['fourth', 'third']);
    assert.deepEqual(
      [...disk.files.keys()].filter((path) => path.endsWith('.request')),
      [],
    );
  });

  it('are all there again or gone after a power cut at any step', async () => {
    for (let operations = 1; ; operations++) {
      const disk = new ModelDisk();
      const before = await start(disk);
      for (const text of ['first', 'second', 'third']) await before.letters.keep(letter(text));
      const [one, two] = await lettersOf(disk);
      await writeRequest(disk.session(), 'some', { act: 'purge', exporter: TEMPO, ranges: [[one!.seq, two!.seq]] });
      const died = disk.crashAfter(operations);
      const over = await Promise.race([before.look().then(() => true), died.then(() => false)]);
      disk.restart(chooser(operations));
      await start(disk);
      assert.deepEqual(await kept(disk), ['third'], `after ${operations} operations`);
      if (over) return;
    }
  });

  for (const file of ['the newest', 'an older']) {
    it(`that are damaged are told of and counted once, in ${file} file, and a copy is kept`, async () => {
      const disk = new ModelDisk();
      for (const text of ['first', 'second', 'third']) {
        await (await start(disk)).letters.keep(letter(text));
        disk.restart(loseAll);
      }
      const path = files(disk).at(file === 'the newest' ? -1 : 0)!;
      const bytes = Buffer.from(disk.files.get(path)!);
      bytes[30]! ^= 0xff; // of the header of the file: no letter of it can be told from other bytes
      disk.put(path, bytes);
      const { letters, observer, look } = await start(disk);
      const left = await lettersOf(disk);
      assert.equal(left.length, 2);
      await writeRequest(disk.session(), 'some', { act: 'purge', exporter: TEMPO, ranges: [[0, left.at(-1)!.seq]] });
      await look();
      await letters.close();
      assert.deepEqual(observer.sentences('error'), ['dead letters are damaged; the file is kept in quarantine']);
      assert.equal(observer.count('spanmeter_journal_corrupt_records_total'), 1);
      assert.match(observer.text, new RegExp(`"file":"${path}"`));
      assert.ok([...disk.files].some(([name, content]) => name.startsWith('quarantine/') && content.equals(bytes)));
    });
  }

  it('of which one alone was cut are put aside, also on a full disk', async () => {
    const disk = new ModelDisk();
    const before = await start(disk);
    await before.letters.keep(letter('first'));
    const [path = ''] = files(disk);
    const cut = disk.files.get(path)!.subarray(0, -1);
    disk.put(path, cut);
    disk.freeBytes = 0;
    await start(disk);
    assert.deepEqual([files(disk), disk.files.get(path.replace(FOLDER, 'quarantine'))], [[], cut]);
  });

  it('that end in the middle are told of at the start', async () => {
    const disk = new ModelDisk();
    const before = await start(disk);
    for (const text of ['first', 'second']) await before.letters.keep(letter(text));
    const [path = ''] = files(disk);
    disk.put(path, disk.files.get(path)!.subarray(0, -1));
    const { observer } = await start(disk);
    assert.deepEqual(observer.sentences('warn'), ['a file of dead letters ends in one that is not whole']);
    assert.equal(observer.count('spanmeter_journal_corrupt_records_total'), 0);
    assert.deepEqual(await kept(disk), ['first']);
  });

  it('that are damaged are put aside before the file is written anew', async () => {
    const disk = new ModelDisk();
    const { letters, look } = await start(disk);
    for (const text of ['first', 'second', 'third']) await letters.keep(letter(text));
    const [one] = await lettersOf(disk);
    const [path = ''] = files(disk);
    const bytes = Buffer.from(disk.files.get(path)!);
    bytes[bytes.indexOf('second')]! ^= 0xff;
    disk.put(path, bytes);
    await writeRequest(disk.session(), 'some', { act: 'purge', exporter: TEMPO, ranges: [[one!.seq, one!.seq]] });
    await look();
    assert.deepEqual(await kept(disk), ['third']);
    assert.ok([...disk.files.keys()].some((name) => name.startsWith('quarantine/')));
  });

  it('a request that cannot be read is left alone, and the log says so once', async () => {
    const disk = new ModelDisk();
    disk.put('dead/odd.request', Buffer.from('{"act":"sing"}'));
    const { look, observer } = await start(disk);
    await look();
    assert.deepEqual(observer.sentences('warn'), ['cannot do what was asked for about dead letters']);
    assert.ok(disk.files.has('dead/odd.request'));
  });
});
