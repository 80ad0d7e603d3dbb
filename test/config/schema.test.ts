import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { check } from '../../src/config/check.ts';
import { loadTexts } from '../../src/config/load.ts';
import { topLevel } from '../../src/config/schema.ts';

function checked(text: string) {
  const document = loadTexts([{ file: 'f', text }], { environment: {}, unset: 'error' });
  const { value, faults } = check(topLevel, document, []);
  return { value, faults: faults.map(({ level, code, path, message }) => `${level}[${code}] ${path}: ${message}`) };
}

const pipelines = 'service:\n  pipelines:\n    traces: { receivers: [otlp], exporters: [debug] }\n';

describe('the top level of a config', () => {
  it('needs pipelines; all else has defaults', () => {
    const { value, faults } = checked(pipelines);
    assert.deepEqual(faults, []);
    assert.deepEqual(value?.service, {
      extensions: [],
      pipelines: { traces: { receivers: ['otlp'], processors: [], exporters: ['debug'] } },
      telemetry: {
        logs: { level: 'info', initial_fields: {} },
        metrics: { level: 'normal' },
        traces: { processors: [] },
        resource: {},
      },
      journal: { storage: 'disk', segment_size: 67_108_864, dedupe: {} },
    });
  });

  it('takes empty sections', () => {
    assert.deepEqual(checked(`receivers:\nexporters:\n  debug:\n${pipelines}  telemetry:\n  journal:\n`).faults, []);
  });

  const cases: [name: string, text: string, faults: string[]][] = [
    ['nothing', '', ['error[missing_key] service: missing key, expected a map']],
    ['a service without pipelines', 'service: {}', ['error[missing_key] service.pipelines: missing key, expected a map']],
    ['a list', '- receivers', ['error[wrong_value] : expected a map, got a list']],
    ['an unknown section', `${pipelines}exporter: {}`, ['error[unknown_key] exporter: unknown key']],
    [
      'an unknown key of a pipeline',
      pipelines.replace('receivers', 'receiver'),
      ['error[unknown_key] service.pipelines.traces.receiver: unknown key'],
    ],
    [
      'a pipeline with one id for a list',
      pipelines.replace('[otlp]', 'otlp'),
      ['error[wrong_value] service.pipelines.traces.receivers: expected a list, got "otlp"'],
    ],
    ['a journal on disk', `${pipelines}  journal: { storage: disk }`, []],
    [
      'a journal with impossible sizes',
      `${pipelines}  journal: { directory: "", segment_size: 1KiB, max_size: 0 }`,
      [
        'error[wrong_value] service.journal.directory: expected text that is not empty, got ""',
        'error[wrong_value] service.journal.max_size: expected more than 0 bytes, got 0',
        'error[wrong_value] service.journal.segment_size: expected at least 64KiB, got "1KiB"',
      ],
    ],
    ['tests', `${pipelines}tests: [{ name: a }]`, ['hint[no_effect] tests: tests in the config are not run yet']],
    [
      'telemetry of the daemon',
      `${pipelines}  telemetry: { metrics: { level: detailed }, traces: { propagators: [b3] }, logs: { level: DEBUG, encoding: json, sampling: { enabled: true } } }`,
      [
        'hint[no_effect] service.telemetry.traces.propagators: no trace context is passed on',
        'hint[no_effect] service.telemetry.logs.sampling: equal lines are limited to 10 per 10 s',
      ],
    ],
    [
      'logs to a file',
      `${pipelines}  telemetry: { logs: { output_paths: [stderr, /var/log/x], level: loud } }`,
      [
        'error[unsupported] service.telemetry.logs.output_paths[1]: "/var/log/x" is not supported here',
        'error[wrong_value] service.telemetry.logs.level: expected one of "debug", "info", "warn", "error", got "loud"',
      ],
    ],
  ];
  for (const [name, text, faults] of cases) {
    it(`says what it makes of ${name}`, () => assert.deepEqual(checked(text).faults.sort(), [...faults].sort()));
  }

  it('reads log levels in any case', () => {
    assert.equal(checked(`${pipelines}  telemetry: { logs: { level: WARN } }`).value?.service.telemetry.logs.level, 'warn');
  });
});
