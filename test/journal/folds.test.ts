/** Metrics that are not configured any more are kept, and not for ever. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Folds } from '../../src/journal/folds.ts';
import { graphOf, SpanFold } from '../helpers/journal-rig.ts';
import { Observer } from '../helpers/observer.ts';

describe('removed metrics', () => {
  it('are forgotten oldest first when together they hold too much, and the log says which', () => {
    const observer = new Observer();
    const { logger, diagnostics } = observer.context('journal');
    const folds = new Folds(diagnostics, logger, 250);
    for (const id of ['first', 'second', 'third', 'fourth']) {
      const fold = new SpanFold(id);
      folds.bind(graphOf([fold], []).folds, 0);
      fold.names = ['x'.repeat(96)]; // 100 bytes of state
    }
    folds.bind([], 0);
    assert.deepEqual(
      folds.frozen.map(({ key }) => JSON.parse(key)[1]),
      ['third', 'fourth'],
    );
    assert.equal(observer.sentences('warn').length, 2);
    assert.match(observer.lines[0] ?? '', /first/);
  });
});
