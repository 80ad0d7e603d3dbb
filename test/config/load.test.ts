import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { type ConfigText, type LoadOptions, loadFiles, loadTexts } from '../../src/config/load.ts';
import { ConfigError, type Fault } from '../../src/config/report.ts';

const options: LoadOptions = { environment: {}, unset: 'error' };

function loaded(...texts: readonly string[]) {
  return loadTexts(
    texts.map((text, index): ConfigText => ({ file: `${index + 1}.yaml`, text })),
    options,
  );
}

function faultsOf(load: () => unknown): readonly Fault[] {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

function placed(text: string): string[] {
  return faultsOf(() => loaded(text)).map(({ code, place, message }) => `${place.line}:${place.column} ${code} ${message}`);
}

describe('YAML that cannot be read', () => {
  const cases: Record<string, [text: string, fault: string]> = {
    'a space missing behind a key, with keys after it': [
      'a:\n  endpoint:0.0.0.0:4318\n  b: 1\n',
      '2:3 yaml a space is missing after `endpoint:`',
    ],
    'a space missing behind a key, with keys before it': [
      'a:\n  b: 1\n  endpoint:0.0.0.0:4318\n',
      '3:3 yaml a space is missing after `endpoint:`',
    ],
    'a tab as indentation': ['a:\n\tb: 1\n', '2:1 yaml tabs are not allowed as indentation'],
    'a tab below a map': ['a:\n  b: 1\n\tc: 1\n', '3:1 yaml tabs are not allowed as indentation'],
    'a key that stands twice': ['a: 1\nb: 2\na: 3\n', '3:1 yaml this key stands twice in its map; keep one'],
    'two documents': ['a: 1\n---\nb: 1\n', '2:1 yaml a config is one document; remove "---"'],
    'a map behind a key': [
      'a: b: c\n',
      '1:4 yaml a map cannot begin behind its key; put it on the next line, or a text in quotes',
    ],
    'a quote that is not closed': ['a: "x\n', '2:1 yaml missing closing "quote'],
    'a list that is not closed': [
      'a: [1, 2\nb: 1\n',
      '2:1 yaml flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    'a reference in a flow map': ['a: { b: ${env:X} }\n', '1:10 yaml a reference within { } or [ ] has to be put in quotes'],
    'a tag that means nothing here': ['a: !foo 1\n', '1:4 yaml unresolved tag: !foo'],
    'an alias without anchor': ['a: *x\n', '1:4 yaml no anchor "&x" stands above'],
    'an anchor within itself': ['a: &x [*x]\n', '1:8 yaml an anchor cannot stand for something that it is in'],
    'a key that is a list': ['{[a]: 1}\n', '1:2 yaml a key is text'],
    'a merge of something that is no map': ['a: &x 1\nb:\n  <<: *x\n', '3:3 yaml "<<" takes a map or a list of maps'],
  };
  for (const [name, [text, fault]] of Object.entries(cases)) {
    it(`is shown with its place: ${name}`, () => assert.deepEqual(placed(text), [fault]));
  }

  it('reports the faults of all files at once', () => {
    const faults = faultsOf(() => loaded('a:\n\tb: 1\n', 'a: *x\n'));
    assert.deepEqual(
      faults.map(({ place }) => place.file),
      ['1.yaml', '2.yaml'],
    );
  });

  it('does not keep the other files from being looked at', () => {
    const document = loaded('a:\n\tb: 1\n', 'ok: 1\nx: ${env:NONE}\n', 'a: *x\n');
    assert.deepEqual(
      document.faults.map(({ code, place }) => [code, place.file]),
      [
        ['yaml', '1.yaml'],
        ['yaml', '3.yaml'],
        ['unset_variable', '2.yaml'],
      ],
    );
    assert.deepEqual([document.valueAt(['ok']), document.complete], [1, false]);
  });

  const firsts: Record<string, [text: string, ...faults: string[]]> = {
    'a list that is not closed': [
      'r:\n a:\n  b: [1, 2\n c: {d\n e: 1\n\tf: "x\n',
      '4:2 yaml flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    'a quote that is not closed, then keys that seem to repeat': ['a: "x\nb: 1\nb: 2\n', '4:1 yaml missing closing "quote'],
    'a key that stands twice': [
      'a: 1\na: 2\nb:\n\tc: 1\nd: {e\n',
      '2:1 yaml this key stands twice in its map; keep one',
      '4:1 yaml tabs are not allowed as indentation',
    ],
    'keys that stand twice': [
      'a: 1\na: 2\nb: !x 3\nb: 4\n',
      '2:1 yaml this key stands twice in its map; keep one',
      '3:4 yaml unresolved tag: !x',
      '4:1 yaml this key stands twice in its map; keep one',
    ],
  };
  for (const [name, [text, ...faults]] of Object.entries(firsts)) {
    it(`is told without what follows from it: ${name}`, () => assert.deepEqual(placed(text), faults));
  }

  it('stops at aliases that stand for more than memory holds', () => {
    const levels = Array.from({ length: 12 }, (_, level) => `l${level + 1}: &l${level + 1} [${Array(10).fill(`*l${level}`)}]`);
    const [fault] = faultsOf(() => loaded(`l0: &l0 x\n${levels.join('\n')}\n`));
    assert.equal(fault?.message, 'more than 100000 values; use fewer aliases');
  });
});

describe('YAML that can be read', () => {
  it('becomes plain data, whatever it is written as', () => {
    const text = 'a: {b: [1, 2.5, true, ~, "x", 0x10]}\n12: y\n"true": |\n  z\n';
    assert.deepEqual(loaded(text).valueAt([]), { a: { b: [1, 2.5, true, null, 'x', 16] }, 12: 'y', true: 'z\n' });
  });

  it('may be empty', () => {
    for (const text of ['', '# nothing\n', '---\n']) assert.deepEqual(loaded(text).entries([]), []);
  });

  it('keeps keys that mean something to JavaScript as they are', () => {
    const document = loaded('__proto__: { polluted: 1 }\nconstructor: 2\n');
    assert.deepEqual(
      document.entries([]).map(({ key }) => key),
      ['__proto__', 'constructor'],
    );
    assert.equal(({} as { polluted?: number }).polluted, undefined);
    assert.equal(document.node(['toString']), undefined);
  });
});

const merging = `base: &base
  endpoint: a
  timeout: 5s
list: &list [x, y]
one:
  <<: *base
  timeout: 6s
two:
  <<: [{ endpoint: b }, *base]
three: *list
`;

describe('anchors and merge keys', () => {
  const document = loaded(merging);

  it('are followed: what a map says itself wins, then the first that is merged', () => {
    const { one, two, three } = document.valueAt([]) as Record<string, unknown>;
    assert.deepEqual([one, two, three], [{ timeout: '6s', endpoint: 'a' }, { endpoint: 'b', timeout: '5s' }, ['x', 'y']]);
  });

  it('leave every value at the place where it is written', () => {
    const lines = (path: (string | number)[]) => [document.place(path, 'key').line, document.place(path).line];
    assert.deepEqual(lines(['one', 'endpoint']), [2, 2]);
    assert.deepEqual(lines(['one', 'timeout']), [7, 7]);
    assert.deepEqual(lines(['two', 'endpoint']), [9, 9]);
    assert.deepEqual(lines(['two', 'timeout']), [3, 3]);
    assert.deepEqual(lines(['three']), [10, 4]);
    assert.deepEqual(document.place(['three', 1]), { file: '1.yaml', line: 4, column: 17, endLine: 4, endColumn: 18 });
  });
});

describe('the place of a path', () => {
  const document = loaded('a:\n  b: 12\n  c:\n');
  const at = (path: string[], part: 'key' | 'value') => {
    const { line, column, endColumn } = document.place(path, part);
    return [line, column, endColumn];
  };

  it('is that of the key or the value', () => {
    assert.deepEqual(
      [at(['a', 'b'], 'key'), at(['a', 'b'], 'value')],
      [
        [2, 3, 4],
        [2, 6, 8],
      ],
    );
  });

  it('is the key where the value is empty', () => assert.deepEqual(at(['a', 'c'], 'value'), [3, 3, 4]));

  it('is the key of the nearest that exists where it does not', () => {
    assert.deepEqual(
      [at(['a', 'x', 'y'], 'value'), at(['x'], 'key')],
      [
        [1, 1, 2],
        [1, 1, 1],
      ],
    );
  });
});

describe('several files', () => {
  const document = loaded(
    'a:\n  keep: 1\n  list: [1, 2]\n  text: old\n  map: { x: 1 }\nb: 1\n',
    '\n\na:\n  text: new\n  list: [3]\n  map:\nc: 2\n',
    'a: { late: "${env:X:-d}" }\n',
  );

  it('merge: later wins, maps merge, lists and everything else are replaced', () => {
    assert.deepEqual(document.valueAt([]), { a: { keep: 1, list: [3], text: 'new', map: null, late: 'd' }, b: 1, c: 2 });
  });

  it('leave every value in its file', () => {
    const at = (...path: (string | number)[]) => `${document.place(path).file}:${document.place(path).line}`;
    assert.deepEqual(
      [at('a', 'keep'), at('a', 'text'), at('a', 'list', 0), at('a', 'late')],
      ['1.yaml:2', '2.yaml:4', '2.yaml:5', '3.yaml:1'],
    );
  });

  it('resolve only what is left of them', () => {
    assert.deepEqual(loaded('a: ${env:UNSET}\n', 'a: 1\n').faults, []);
  });
});

describe('files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spanmeter-config-'));
  after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'sub'));
  writeFileSync(join(folder, 'sub/one.yaml'), 'token: ${file:secret}\nother: ${file:../secret}\n');
  writeFileSync(join(folder, 'sub/secret'), 'inner\n\n');
  writeFileSync(join(folder, 'secret'), 'outer');
  const here = { ...options, workingDirectory: folder };

  it('are named as the user names them, relative to the working directory', () => {
    const document = loadFiles(['sub/one.yaml'], here);
    assert.equal(document.place(['token']).file, 'sub/one.yaml');
  });

  it('refer to files beside themselves, of which one newline at the end is cut', () => {
    assert.deepEqual(loadFiles(['sub/one.yaml'], here).valueAt([]), { token: 'inner\n', other: 'outer' });
  });

  it('that cannot be read are faults of their own', () => {
    assert.deepEqual(
      faultsOf(() => loadFiles(['none.yaml', 'sub'], here)).map(({ code, place, message }) => [
        code,
        place.file,
        place.line,
        message,
      ]),
      [
        ['yaml', 'none.yaml', 0, 'cannot read the config: there is no such file'],
        ['yaml', 'sub', 0, 'cannot read the config: it is a folder; name a file in it'],
      ],
    );
  });

  it('that cannot be read stand beside those that can', () => {
    const document = loadFiles(['sub/one.yaml', 'none.yaml'], here);
    assert.deepEqual(
      document.faults.map(({ place }) => place.file),
      ['none.yaml'],
    );
    assert.equal(document.valueAt(['token']), 'inner\n');
  });
});
