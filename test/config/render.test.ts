import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { check } from '../../src/config/check.ts';
import type { ConfigDocument } from '../../src/config/document.ts';
import { duration, hostPort, secret, section } from '../../src/config/fields.ts';
import { loadTexts } from '../../src/config/load.ts';
import { renderFaults } from '../../src/config/render.ts';
import { ConfigError, createFault, FAULTS, type Fault, type FaultCode } from '../../src/config/report.ts';
import { suggest } from '../../src/config/suggest.ts';

const Http = z.strictObject({
  endpoint: hostPort().prefault('localhost:4318').describe('Address to listen on.'),
  read_header_timeout: duration().prefault('10s').describe('Longest time for the head of a request.'),
});
const Otlp = z.strictObject({ protocols: section(z.strictObject({ http: section(Http) })) });
const OtlpHttp = z.strictObject({
  endpoint: z.url().describe('Where to send.'),
  timeout: duration().prefault('30s').describe('Longest time for one attempt.'),
  token: secret().optional().describe('Who we are.'),
});
const registry = { receivers: { otlp: Otlp }, exporters: { otlphttp: OtlpHttp, prometheus: z.strictObject({}) } };

const faulty = `receivers:
  otlp:
    protocols:
      http:
        endpont: 0.0.0.0:4318
        read_header_timeout: 10
processors:
  batch:
exporters:
  otlphttp/tempo:
    timeout: \${env:TEMPO_TIMEOUT}
    endpoint: http://tempo:4318
  # read by Prometheus
  prometeus:
    endpoint: localhost:9464
service:
  pipelines:
    traces:
      receivers: [otlp]
      processors: [batch]
      exporters: [otlphttp/temp]
`;

const report = `spanmeter.yaml:5:9 error[unknown_key] receivers.otlp.protocols.http.endpont: unknown key; did you mean "endpoint"?
   |
 5 |         endpont: 0.0.0.0:4318
   |         ^^^^^^^
spanmeter.yaml:6:30 error[wrong_value] receivers.otlp.protocols.http.read_header_timeout: expected a duration such as "5s", got 10
   |
 6 |         read_header_timeout: 10
   |                              ^^
spanmeter.yaml:11:14 error[wrong_value] exporters.otlphttp/tempo.timeout: expected a number and a unit (ms, s, m, h), such as "5s", got "ten" (from TEMPO_TIMEOUT)
    |
 11 |     timeout: \${env:TEMPO_TIMEOUT}
    |              ^^^^^^^^^^^^^^^^^^^^
spanmeter.yaml:14:3 error[unknown_type] exporters.prometeus: no exporter of type "prometeus"; did you mean "prometheus"?
    |
 14 |   prometeus:
    |   ^^^^^^^^^
spanmeter.yaml:21:19 error[unknown_id] service.pipelines.traces.exporters[0]: "otlphttp/temp" is not under "exporters"; did you mean "otlphttp/tempo"?
    |
 21 |       exporters: [otlphttp/temp]
    |                   ^^^^^^^^^^^^^
5 errors in spanmeter.yaml
`;

function loaded(text: string, environment: Record<string, string> = {}): ConfigDocument {
  return loadTexts([{ file: 'spanmeter.yaml', text }], { environment, unset: 'error' });
}

/** What a plan says of types and ids, in as few lines as this test needs. */
function faultsOf(document: ConfigDocument): Fault[] {
  const faults = [...document.faults];
  for (const [name, schemas] of Object.entries(registry)) {
    for (const { key, path } of document.entries([name])) {
      const type = key.split('/')[0]!;
      const schema = (schemas as Record<string, z.ZodType>)[type];
      const message = `no ${name.slice(0, -1)} of type "${type}"`;
      const remedy = suggest(type, Object.keys(schemas));
      if (schema) faults.push(...check(schema, document, path).faults);
      else faults.push(document.fault({ code: 'unknown_type', path, mark: 'key', message, remedy }));
    }
  }
  const known = document.entries(['exporters']).map(({ key }) => key);
  for (const { path } of document.entries(['service', 'pipelines', 'traces', 'exporters'])) {
    const id = String(document.valueAt(path));
    const message = `"${id}" is not under "exporters"`;
    if (!known.includes(id)) faults.push(document.fault({ code: 'unknown_id', path, message, remedy: suggest(id, known) }));
  }
  return faults;
}

const noLines = { lineAt: () => undefined };

function faultAt(file: string, line: number, column: number, code: FaultCode, message = 'wrong'): Fault {
  return createFault({ code, path: 'a.b', place: { file, line, column, endLine: line, endColumn: column + 1 }, message });
}

describe('the text of a report', () => {
  it('shows every fault with place, path, line, caret and remedy, to the character', () => {
    const document = loaded(faulty, { TEMPO_TIMEOUT: 'ten' });
    assert.equal(renderFaults(faultsOf(document), document), report);
  });

  it('is sorted by file, line and column, and counts by level', () => {
    const faults = [
      faultAt('b.yaml', 1, 1, 'no_effect'),
      faultAt('a.yaml', 10, 1, 'open_listener'),
      faultAt('a.yaml', 9, 7, 'cycle'),
      faultAt('a.yaml', 9, 3, 'clash'),
    ];
    const text = renderFaults(faults, noLines);
    assert.deepEqual(text.split('\n'), [
      'a.yaml:9:3 error[clash] a.b: wrong',
      'a.yaml:9:7 error[cycle] a.b: wrong',
      'a.yaml:10:1 warning[open_listener] a.b: wrong',
      'b.yaml:1:1 hint[no_effect] a.b: wrong',
      '2 errors, 1 warning, 1 hint in a.yaml, b.yaml',
      '',
    ]);
  });

  it('is empty when there is nothing to say', () => {
    assert.equal(renderFaults([], noLines), '');
  });

  it('marks the first line of a value that has several', () => {
    const document = loaded('a:\n  b: |\n    one\n    two\n');
    const text = renderFaults([document.fault({ code: 'wrong_value', path: ['a', 'b'], message: 'wrong' })], document);
    assert.match(text, /\n 2 \| {3}b: \|\n {3}\| {6}\^\n/);
  });

  it('lets no control character of the file reach the terminal, and keeps the caret in place', () => {
    const document = loaded('a:\t"x\\u001b[2J"\nb\u202e: 1\n');
    const faults = [
      document.fault({ code: 'wrong_value', path: ['a'], message: 'got x\u001b[2J' }),
      document.fault({ code: 'unknown_key', path: ['b\u202e'], mark: 'key', message: 'unknown key' }),
    ];
    const text = renderFaults(faults, document);
    assert.doesNotMatch(text, /[^\P{Cc}\n]|\u202e/u);
    assert.match(text, /error\[wrong_value\] a: got x\[2J\n {3}\|\n 1 \| a: "x/);
    assert.match(text, /\n {3}\| {4}\^+\n/);
  });
});

describe('the other formats', () => {
  const document = loaded('a: 1\n');
  const fault = document.fault({ code: 'wrong_value', path: ['a'], message: 'expected 100%,\nor text', remedy: 'quote it' });

  it('json: a list of flat records', () => {
    assert.deepEqual(JSON.parse(renderFaults([fault], document, 'json')), [
      {
        file: 'spanmeter.yaml',
        line: 1,
        column: 4,
        endLine: 1,
        endColumn: 5,
        level: 'error',
        code: 'wrong_value',
        path: 'a',
        message: 'expected 100%,\nor text',
        remedy: 'quote it',
      },
    ]);
    assert.equal(renderFaults([], document, 'json'), '[]\n');
  });

  it('github: a workflow command per fault, escaped', () => {
    assert.equal(
      renderFaults([fault], document, 'github'),
      '::error file=spanmeter.yaml,line=1,col=4,endLine=1,endColumn=5,title=wrong_value::a: expected 100%25,%0Aor text; quote it\n',
    );
    const hint = faultAt('C:\\x,y.yaml', 1, 1, 'unused');
    assert.match(renderFaults([hint], document, 'github'), /^::notice file=C%3A\\x%2Cy\.yaml,line=1/);
  });
});

describe('faults', () => {
  it('have the level of their code unless it is given', () => {
    for (const [code, { level }] of Object.entries(FAULTS)) assert.equal(faultAt('f', 1, 1, code as FaultCode).level, level);
    const lowered = createFault({ ...faultAt('f', 1, 1, 'unset_variable'), level: 'warning' });
    assert.equal(lowered.level, 'warning');
  });

  it('are all in the error, whose message shows nothing of the file', () => {
    const error = new ConfigError([faultAt('f', 1, 1, 'yaml'), faultAt('f', 2, 1, 'yaml')], noLines);
    assert.equal(error.faults.length, 2);
    assert.equal(error.message, 'cannot use the config: 2 errors in f');
  });
});

describe('secrets', () => {
  const canary = 'kanarienvogel';
  const cases = {
    'a value of the wrong kind': `token: [${canary}]`,
    'a number': 'token: 4711471147114711',
    'an unknown key beside it': `{ token: ${canary}, endpont: x }`,
    'a misspelled key': `tokn: ${canary}`,
    'a quoted value beside a fault': `{ token: "${canary} x", timeout: ten }`,
    'a part that is written out': `{ token: "${canary}\${env:SUFFIX}", timeout: ten }`,
    'a name that only looks like one': `{ api_keys: [${canary}, ${canary}], timeout: ten }`,
    'a name before a brace, with commas': `authorization: Bearer x, { y, ${canary}\n    timeout: ten`,
    'two names on a line': `{ timeout: ten, password: a, cookie: "b, ${canary}", secret: ${canary} }`,
    'broken YAML': `{ authorization: Bearer ${canary}, x: [ }`,
  };
  for (const [name, settings] of Object.entries(cases)) {
    for (const format of ['text', 'json', 'github'] as const) {
      it(`are not echoed as ${format}: ${name}`, () => {
        const shown = reported(`exporters:\n  otlphttp: ${settings.startsWith('{') ? settings : `\n    ${settings}`}\n`, format);
        assert.match(shown, /error/);
        assert.doesNotMatch(shown, /kanarienvogel|4711/);
      });
    }
  }

  it('leave the rest of their line to be read', () => {
    assert.match(
      reported('exporters:\n  otlphttp: { token: a b, endpont: x }', 'text'),
      /\| {3}otlphttp: \{ token: \* \*, endpont: x \}\n/,
    );
  });

  it('are said to be hidden where a value is asked for', () => {
    assert.match(
      reported('exporters:\n  otlphttp:\n    token: 4711\n    endpoint: http://x', 'text'),
      /expected text, got \[REDACTED\]/,
    );
  });

  function reported(text: string, format: 'text' | 'json' | 'github'): string {
    try {
      const document = loaded(text, { SUFFIX: 'kanarienvogel' });
      return renderFaults(faultsOf(document), document, format);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return renderFaults(error.faults, error.excerpts, format);
    }
  }
});

describe('a fault of a whole file', () => {
  const place = { file: 'none.yaml', line: 0, column: 0, endLine: 0, endColumn: 0 };
  const fault = createFault({ code: 'yaml', path: '', place, message: 'cannot read the config: there is no such file' });
  const excerpts = { lineAt: () => undefined };

  it('shows no place within it', () => {
    assert.equal(
      renderFaults([fault], excerpts),
      'none.yaml error[yaml]: cannot read the config: there is no such file\n1 error in none.yaml\n',
    );
    assert.equal(
      renderFaults([fault], excerpts, 'github'),
      '::error file=none.yaml,title=yaml::cannot read the config: there is no such file\n',
    );
  });

  it('shows no excerpt of a line without text', () => {
    const empty = createFault({ ...fault, place: { file: 'none.yaml', line: 1, column: 1, endLine: 1, endColumn: 1 } });
    for (const text of ['', '  ']) assert.doesNotMatch(renderFaults([empty], { lineAt: () => text }), /\^|\|/);
  });
});
