/** How it is told that spans were given up. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Losses } from '../../src/journal/losses.ts';
import { Observer } from '../helpers/observer.ts';

function rig() {
  const observer = new Observer();
  const clock = { nowMs: 0 };
  return { observer, clock, losses: new Losses(observer.context('journal', () => clock.nowMs)) };
}

function told(observer: Observer): readonly unknown[] {
  return observer.lines.map((line) => JSON.parse(line)).map(({ exporter, reason, spans }) => [exporter, reason, spans]);
}

describe('spans given up', () => {
  it('are counted at once and told once a minute, with their number since then', () => {
    const { observer, clock, losses } = rig();
    for (let second = 0; second <= 130; second++) {
      losses.count('tempo', 'backlog_full', 2);
      clock.nowMs += 1000;
    }
    assert.equal(observer.count('spanmeter_journal_dropped_spans_total'), 262);
    assert.equal(observer.count('otelcol_exporter_enqueue_failed_spans_total'), 262);
    assert.deepEqual(told(observer), [
      ['tempo', 'backlog_full', 2],
      ['tempo', 'backlog_full', 120],
      ['tempo', 'backlog_full', 120],
    ]);
  });

  it('are told for each exporter and each cause', () => {
    const { observer, losses } = rig();
    losses.count('tempo', 'backlog_full', 1);
    losses.count('cloud', 'backlog_full', 2);
    losses.count('tempo', 'corrupt', 3);
    losses.count('tempo', 'corrupt', 4);
    assert.deepEqual(told(observer), [
      ['tempo', 'backlog_full', 1],
      ['cloud', 'backlog_full', 2],
      ['tempo', 'corrupt', 3],
    ]);
  });

  it('are told with what helps where the journal is too small', () => {
    const { observer, losses } = rig();
    losses.count('tempo', 'backlog_full', 1);
    losses.count('tempo', 'corrupt', 1);
    assert.deepEqual(
      observer.lines.map((line) => JSON.parse(line).remedy),
      ['raise service.journal.max_size', undefined],
    );
  });

  it('are told each time when a reader is removed', () => {
    const { observer, losses } = rig();
    losses.count('tempo', 'reader_removed', 1);
    losses.count('tempo', 'reader_removed', 2);
    assert.deepEqual(told(observer), [
      ['tempo', 'reader_removed', 1],
      ['tempo', 'reader_removed', 2],
    ]);
  });

  it('are told again after the clock was set back', () => {
    const { observer, clock, losses } = rig();
    clock.nowMs = 86_400_000;
    losses.count('tempo', 'backlog_full', 1);
    clock.nowMs = 0;
    losses.count('tempo', 'backlog_full', 1);
    assert.equal(observer.lines.length, 2);
  });
});
