/** What a destination refuses for good is on the disk before anybody goes on. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DeadLetterLog, type Letter } from '../../../src/journal/dead-letter-log.ts';
import { Losses } from '../../../src/journal/losses.ts';
import { ModelDisk } from '../../fault/model-disk.ts';
import { drops } from '../../helpers/journal-rig.ts';
import { Observer } from '../../helpers/observer.ts';
import { loseAll } from './rig.ts';

function open(disk: ModelDisk, maxBytes?: number) {
  const observer = new Observer();
  const now = () => 5000;
  const { logger, diagnostics } = observer.context('journal', now);
  const losses = new Losses({ diagnostics, logger, now });
  const randomBytes = (count: number) => Buffer.alloc(count, 7);
  const letters = new DeadLetterLog({ disk: disk.session(), diagnostics, logger, losses, now, randomBytes }, maxBytes);
  return { letters, observer };
}

function letter(text: string, exporter = 'otlp_http/tempo'): Letter {
  const body = { encoding: 'json', bytes: Buffer.from(text), mergeable: true } as const;
  return { exporter, timeMs: 4000, signal: 'traces', body, spans: 2, reason: 'answered 400' };
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
    const { letters, observer } = open(disk);
    await Promise.all(['first', 'second'].map((text) => letters.keep(letter(text))));
    disk.restart(loseAll);
    assert.match(content(disk), /"spans":2,"reason":"answered 400"\}first.*second/s);
    assert.equal(observer.count('spanmeter_dead_letter_spans_total'), 4);
  });

  it('go on behind those of the last process', async () => {
    const disk = new ModelDisk();
    await open(disk).letters.keep(letter('first'));
    disk.restart(loseAll);
    await open(disk).letters.keep(letter('second'));
    assert.match(content(disk), /first.*second/s);
  });

  it('reject when the disk fails, and the next one starts afresh', async () => {
    const disk = new ModelDisk();
    const { letters } = open(disk);
    await letters.keep(letter('first'));
    disk.fault = { operation: 'sync', code: 'EIO' };
    await assert.rejects(letters.keep(letter('second')), /cannot keep a dead letter: EIO/);
    await letters.keep(letter('third'));
    assert.match(content(disk), /first.*third/s);
  });

  it('are given up oldest first at their limit, counted', async () => {
    const disk = new ModelDisk();
    const { letters, observer } = open(disk, 500);
    for (const text of ['first', 'second', 'third']) {
      disk.fault = { operation: 'sync', code: 'EIO' };
      await assert.rejects(letters.keep(letter(text)));
      await letters.keep(letter(text.padEnd(200, '.')));
    }
    assert.ok(!content(disk).includes('first..') && content(disk).includes('third..'));
    assert.deepEqual(drops(observer), [['otlp_http/tempo', 'dead_letters_full', 4]], 'the first two');
  });
});
