import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigDocument } from '../../src/config/document.ts';
import { SourceLines } from '../../src/config/source-lines.ts';
import { type Surroundings, substitute } from '../../src/config/substitute.ts';
import { parseYaml } from '../../src/config/yaml.ts';

const environment = {
  X: 'text',
  EMPTY: '',
  NUMBER: '0123',
  YAML: '{ a: 1 }',
  MULTILINE: 'one\ntwo: 2\n',
  REFERENCE: 'a ${env:X}',
  DOLLARS: '$$ $2y$10$abc ${',
};
const files: Record<string, string> = { '/run/secrets/x': 'hush\n', two: 'a\n\n', crlf: 'a\r\n', reference: '${env:X}' };

const surroundings: Surroundings = {
  environment,
  unset: 'error',
  readText(path) {
    if (path === 'denied') throw new Error('EACCES: permission denied');
    return files[path];
  },
};

function substituted(text: string, unset: 'error' | 'warning' = 'error'): ConfigDocument {
  const { root } = parseYaml('c.yaml', text);
  const { root: resolved, faults } = substitute(root ?? assert.fail('no YAML'), { ...surroundings, unset });
  return new ConfigDocument(resolved, faults, new SourceLines([{ file: 'c.yaml', text }]));
}

describe('a value', () => {
  const cases: [written: string, gives: string, why: string][] = [
    ['${env:X}', 'text', 'is the text of a variable'],
    ['${X}', 'text', 'is that of a variable named without its kind'],
    ['${env:X:-d}', 'text', 'is the variable where there is a default too'],
    ['${env:NONE:-d}', 'd', 'is the default of a variable that is not set'],
    ['${NONE:-d}', 'd', 'is the default in the short form'],
    ['${env:NONE:-a:-b c}', 'a:-b c', 'has a default up to the closing brace'],
    ['${env:NONE:-}', '', 'may have an empty default'],
    ['${env:EMPTY:-d}', '', 'stays empty where the variable is set and empty'],
    ['${file:/run/secrets/x}', 'hush', 'is the text of a file without its newline'],
    ['${file:two}', 'a\n', 'loses one newline and no more'],
    ['${file:crlf}', 'a', 'loses a newline of Windows'],
    ['$$', '$', 'has a dollar for two'],
    ['$${env:X}', '${env:X}', 'keeps a reference that is escaped'],
    ['$$$${X}$$', '$${X}$', 'is escaped pair by pair'],
    ['$${X} ${X}', '${X} text', 'is read once'],
    ['a-${env:X}', 'a-text', 'is text around a reference'],
    ['http://${env:X}:4318/${X}', 'http://text:4318/text', 'is text between references'],
    ['$X $1 a$', '$X $1 a$', 'keeps dollars without brace'],
    ['${env:YAML}', '{ a: 1 }', 'never becomes a map'],
    ['${env:MULTILINE}', 'one\ntwo: 2\n', 'never becomes a key'],
    ['${env:DOLLARS}', '$$ $2y$10$abc ${', 'is not looked into'],
  ];
  for (const [written, gives, why] of cases) {
    it(`${why}: ${written}`, () => {
      for (const text of [`a: '${written}'`, `a: "${written}"`, `a: ['${written}']`]) {
        const document = substituted(text);
        assert.deepEqual([document.faults, [document.valueAt(['a'])].flat()], [[], [gives]]);
      }
    });
  }

  it('that is no text is left as it is', () => {
    assert.deepEqual(substituted('a: 1\nb: true\nc:\n').valueAt([]), { a: 1, b: true, c: null });
  });

  it('is not written in a key', () => {
    assert.deepEqual(
      substituted('"${env:X}": 1')
        .entries([])
        .map(({ key }) => key),
      ['${env:X}'],
    );
  });

  it('remembers where its text is from', () => {
    const from = (text: string) => {
      const node = substituted(`a: '${text}'`).node(['a']);
      return node?.kind === 'scalar' && [node.from, node.whole, node.hidden];
    };
    assert.deepEqual(from('${env:X}'), ['X', true, false]);
    assert.deepEqual(from('${X}-${env:NUMBER}'), ['X, NUMBER', false, false]);
    assert.deepEqual(from('${file:two}'), ['two', true, true]);
    assert.deepEqual(from('$$'), [undefined, false, false]);
  });
});

describe('a reference that gives nothing', () => {
  const cases: [written: string, fault: string][] = [
    ['${env:NONE}', 'error[unset_variable] variable NONE is not set; set it, or give a default: ${env:NONE:-…}'],
    ['${NONE}', 'error[unset_variable] variable NONE is not set; set it, or give a default: ${env:NONE:-…}'],
    ['a-${env:NONE}', 'error[unset_variable] variable NONE is not set; set it, or give a default: ${env:NONE:-…}'],
    ['${env:toString}', 'error[unset_variable] variable toString is not set; set it, or give a default: ${env:toString:-…}'],
    ['${file:none}', 'error[unset_variable] there is no file "none"'],
    ['${file:denied}', 'error[wrong_value] cannot read "denied": EACCES: permission denied'],
    ['${file:reference}', 'error[wrong_value] the value of reference holds a reference, and values are not read again'],
    ['${env:REFERENCE}', 'error[wrong_value] the value of REFERENCE holds a reference, and values are not read again'],
    ['${env:${env:X}}', 'error[wrong_value] a reference inside a reference is not read; write one reference'],
    ['${env:NONE:-${env:X}}', 'error[wrong_value] a reference inside a reference is not read; write one reference'],
    ['${yaml:a}', 'error[unsupported] known to the Collector, not supported here; the config is never fetched'],
    ['${http://x/y}', 'error[unsupported] known to the Collector, not supported here; the config is never fetched'],
    ['${https://x/y}', 'error[unsupported] known to the Collector, not supported here; the config is never fetched'],
    ['${env:X', 'error[wrong_value] a reference is not closed; add "}", or write $$ for a literal $'],
    [
      '${env:1X}',
      'error[wrong_value] what is in ${ } is no reference; write ${env:NAME}, ${env:NAME:-default} or ${file:path}, or $$ for a literal $',
    ],
    [
      '${}',
      'error[wrong_value] what is in ${ } is no reference; write ${env:NAME}, ${env:NAME:-default} or ${file:path}, or $$ for a literal $',
    ],
  ];
  for (const [written, fault] of cases) {
    it(`is a fault of its value alone: ${written}`, () => {
      const document = substituted(`a:\n  b: ['${written}']\n  c: 1\n`);
      const shown = document.faults.map(({ level, code, message, remedy }) =>
        [`${level}[${code}] ${message}`, remedy].filter(Boolean).join('; '),
      );
      assert.deepEqual(shown, [fault]);
      assert.deepEqual(
        [document.faults[0]?.path, document.faults[0]?.place.line, document.faults[0]?.place.column],
        ['a.b[0]', 2, 7],
      );
      assert.deepEqual(document.valueAt(['a']), { b: [undefined], c: 1 });
    });
  }

  it('is a warning where variables need not be there', () => {
    const faults = substituted('a: ${env:NONE}\nb: ${file:none}\nc: ${yaml:x}\n', 'warning').faults;
    assert.deepEqual(
      faults.map(({ level }) => level),
      ['warning', 'warning', 'error'],
    );
  });

  it('is one of several in a value', () => {
    assert.equal(substituted('a: "${env:NONE}-${env:NONE2}"').faults.length, 2);
  });
});

describe('a variable behind an anchor', () => {
  it('is told once, however often it is used', () => {
    const document = substituted('a: &x { t: "${env:NONE}" }\nb: *x\nc: { <<: *x, u: "${env:NONE}" }\n');
    assert.deepEqual(
      document.faults.map(({ path, place }) => `${path} ${place.line}`),
      ['a.t 1', 'c.u 3'],
    );
    for (const path of [['a'], ['b'], ['c']]) assert.equal(document.isResolved(path), false);
  });
});
