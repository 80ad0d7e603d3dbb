/** The rooms of src: who may import whom, what a file is called, how long it may be. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, it } from 'node:test';

/** Each room may import from itself (components: from their own folder) and from the rooms before it. */
const RANK_OF_ROOM: Readonly<Record<string, number>> = {
  data: 0,
  component: 1,
  otlp: 2,
  config: 3,
  demo: 3,
  journal: 4,
  telemetry: 4,
  delivery: 4,
  metrics: 4,
  genai: 5,
  receivers: 6,
  processors: 6,
  connectors: 6,
  exporters: 6,
  extensions: 6,
  'components.ts': 7,
  graph: 8,
  'daemon.ts': 9,
  cli: 10,
  'main.ts': 11,
};
const COMPONENT_ROOMS = new Set(['receivers', 'processors', 'connectors', 'exporters', 'extensions']);
const VAGUE_NAMES = /^(utils|helpers|common|misc|types|manager|base)\.ts$/;
const MAX_LINES = 300;

const files = globSync('src/**/*.ts').map((path) => ({ path, text: readFileSync(path, 'utf8') }));

function roomOf(path: string): string {
  return path.split('/')[1]!;
}

/** The folder or file that is one component: `src/exporters/otlp-http`. */
function componentOf(path: string): string {
  return path.split('/').slice(0, 3).join('/').replace(/\.ts$/, '');
}

function importsOf({ path, text }: { path: string; text: string }): string[] {
  return [...text.matchAll(/^(?:import|export)[^;]*?from '(\.[^']+)';/gms)].map(([, target]) =>
    normalize(join(dirname(path), target!)),
  );
}

describe('source tree', () => {
  it('has files to look at', () => assert.ok(files.length > 30));

  for (const file of files) {
    const room = roomOf(file.path);
    it(`${file.path} imports only from rooms before its own`, () => {
      assert.ok(room in RANK_OF_ROOM, `"${room}" is not a known room`);
      for (const target of importsOf(file)) {
        const targetRoom = roomOf(target);
        const sameRoom = room === targetRoom && (!COMPONENT_ROOMS.has(room) || componentOf(file.path) === componentOf(target));
        const peer = RANK_OF_ROOM[targetRoom]! === RANK_OF_ROOM[room]! && room !== targetRoom;
        assert.ok(
          sameRoom || (RANK_OF_ROOM[targetRoom]! < RANK_OF_ROOM[room]! && !peer) || peerAllowed(room, targetRoom),
          `imports ${target}`,
        );
      }
    });
  }

  it('is described in the order in which rooms import', () => {
    const described = [...readFileSync('docs/architecture.md', 'utf8').matchAll(/^src\/([\w.]+)/gm)].map(([, room]) => room!);
    assert.deepEqual(described.toSorted(), Object.keys(RANK_OF_ROOM).sort());
    const ranks = described.map((room) => RANK_OF_ROOM[room]!);
    assert.deepEqual(
      ranks,
      ranks.toSorted((left, right) => left - right),
    );
  });

  it('opens every file with one sentence on what it does', () => {
    const silent = files.filter(({ text }) => !text.startsWith('/**')).map(({ path }) => path);
    assert.deepEqual(silent, []);
  });

  it('has no file with a vague name', () => {
    assert.deepEqual(
      files.filter(({ path }) => VAGUE_NAMES.test(path.split('/').at(-1)!)).map(({ path }) => path),
      [],
    );
  });

  it(`has no file over ${MAX_LINES} lines`, () => {
    const long = files
      .map(({ path, text }) => ({ path, lines: text.split('\n').length }))
      .filter(({ lines }) => lines > MAX_LINES);
    assert.deepEqual(long, []);
  });
});

/** A delivery reads from a journal; every other pair of equals stays apart. */
function peerAllowed(room: string, targetRoom: string): boolean {
  return room === 'delivery' && targetRoom === 'journal';
}
