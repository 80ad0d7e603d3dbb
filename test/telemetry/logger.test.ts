/** The log: one line an event, similar lines limited, nothing but what was handed in. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLogger, type LogSettings } from '../../src/telemetry/logger.ts';

function logged(settings: Partial<LogSettings> = {}) {
  const lines: string[] = [];
  const clock = { ms: Date.parse('2026-11-20T14:00:00Z') };
  const logger = createLogger({
    level: 'info',
    encoding: 'json',
    initialFields: {},
    write: (line) => lines.push(line),
    now: () => clock.ms,
    ...settings,
  });
  return { logger, lines, clock };
}

describe('a log line', () => {
  it('is JSON with time, level, sentence, component and fields', () => {
    const { logger, lines } = logged({ initialFields: { region: 'eu' } });
    logger.forComponent('exporter/otlp_http/tempo').warn('cannot deliver, will try again', { wait_ms: 8000, spans: 3n });
    assert.deepEqual(JSON.parse(lines[0]!), {
      ts: '2026-11-20T14:00:00.000Z',
      level: 'warn',
      msg: 'cannot deliver, will try again',
      component: 'exporter/otlp_http/tempo',
      region: 'eu',
      wait_ms: 8000,
      spans: '3',
    });
  });

  it('holds the chain of causes of an error', () => {
    const { logger, lines } = logged();
    logger.error('stopped', { error: new Error('cannot read a file', { cause: new Error('no such file') }) });
    assert.equal(JSON.parse(lines[0]!).err, 'cannot read a file: no such file');
  });

  it('holds the stack of an error that nobody foresaw', () => {
    const { logger, lines } = logged();
    logger.error('stopped', { error: new TypeError('x is undefined') });
    assert.match(JSON.parse(lines[0]!).err, /logger\.test\.ts/);
  });

  it('is one readable line on a console', () => {
    const { logger, lines } = logged({ encoding: 'console' });
    logger.info('started', { version: '1.0.0', listeners: ['a', 'b'] });
    assert.equal(lines[0], '2026-11-20T14:00:00.000Z  info   started  version=1.0.0  listeners=["a","b"]');
  });

  it('is left out below the level', () => {
    const { logger, lines } = logged({ level: 'warn' });
    logger.info('started');
    assert.deepEqual(lines, []);
  });
});

describe('similar lines', () => {
  it('pass ten times in ten seconds; the next one after that says how many did not', () => {
    const { logger, lines, clock } = logged();
    for (let index = 0; index < 25; index += 1) logger.warn('cannot deliver', { index });
    assert.equal(lines.length, 10);
    clock.ms += 10_000;
    logger.warn('cannot deliver', { index: 25 });
    assert.equal(JSON.parse(lines[10]!).suppressed, 15);
  });

  it('are limited per component and sentence', () => {
    const { logger, lines } = logged();
    for (let index = 0; index < 20; index += 1) logger.forComponent('a').warn('cannot deliver');
    logger.forComponent('b').warn('cannot deliver');
    logger.forComponent('a').warn('cannot connect');
    assert.equal(lines.length, 12);
  });
});
