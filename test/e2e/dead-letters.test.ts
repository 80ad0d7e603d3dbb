/** What a destination refuses waits as dead letters until a person has it sent again or deleted, beside a daemon or without. */
import assert from 'node:assert/strict';
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { LetterLine } from '../../src/cli/journal-files.ts';
import { isLocked } from '../../src/journal/lock.ts';
import { type CliRun, cli } from '../helpers/cli.ts';
import { type Daemon, startDaemon } from '../helpers/daemon.ts';
import { bodyOf, spanId } from '../helpers/delivery-rig.ts';
import { ACCEPT, Destination, spanIdsIn } from '../helpers/destination.ts';
import { temporaryFolder } from '../helpers/disk-journal.ts';
import { freePort } from '../helpers/free-ports.ts';
import { post } from '../helpers/http.ts';
import { until } from '../helpers/until.ts';

const TEMPO = 'otlp_http/tempo';

/** A daemon over one data directory, whose destination refuses the ids in `refused`, and the verbs beside it. */
class Scene {
  readonly directory = join(temporaryFolder(), 'data');
  readonly tempo: Destination;
  readonly #port: number;
  refused = new Set<string>();
  reason = 'too old';
  #exporter = TEMPO;

  private constructor(tempo: Destination, port: number) {
    this.tempo = tempo;
    this.#port = port;
    tempo.script = ({ body }) => {
      if (!spanIdsIn(body).some((id) => this.refused.has(id))) return ACCEPT;
      const message = JSON.stringify({ message: this.reason });
      return { status: 400, headers: { 'content-type': 'application/json' }, body: message };
    };
  }

  static async open(...refused: readonly number[]): Promise<Scene> {
    const scene = new Scene(await Destination.open(), await freePort());
    scene.refused = new Set(refused.map(spanId));
    return scene;
  }

  start(exporter = TEMPO): Promise<Daemon> {
    this.#exporter = exporter;
    return startDaemon(this.#config());
  }

  async send(...ids: readonly number[]): Promise<void> {
    assert.equal((await post(`http://127.0.0.1:${this.#port}/v1/traces`, bodyOf(...ids))).status, 200);
  }

  /** `dead-letters list` and the like. */
  verb(...args: readonly string[]): Promise<CliRun> {
    return cli([...args, '--data-dir', this.directory]);
  }

  async letters(): Promise<readonly LetterLine[]> {
    const { exitCode, stdout } = await this.verb('dead-letters', 'list', '--json');
    assert.equal(exitCode, 0);
    return JSON.parse(stdout);
  }

  async untilLetters(count: number): Promise<readonly LetterLine[]> {
    let letters: readonly LetterLine[] = [];
    await until(`${count} letters`, async () => {
      letters = await this.letters();
      return letters.length === count;
    });
    return letters;
  }

  /** Everything that is on the disk. */
  get content(): string {
    const paths = globSync('**', { cwd: this.directory }).map((path) => join(this.directory, path));
    return paths
      .filter((path) => path.includes('/dead') && statSync(path).isFile())
      .map((path) => readFileSync(path, 'latin1'))
      .join('');
  }

  #config(): string {
    return `
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:${this.#port} } } } }
exporters:
  ${this.#exporter}: { endpoint: '${this.tempo.url}', compression: none }
service:
  journal: { storage: disk, directory: '${this.directory}', min_free: 1MiB }
  pipelines:
    traces: { receivers: [otlp], exporters: [${this.#exporter}] }
`;
  }
}

describe('dead letters beside a running daemon', () => {
  it('are listed, shown, sent again once the destination takes them, and then gone', async () => {
    const scene = await Scene.open(2, 3);
    const daemon = await scene.start();
    await scene.send(1, 2, 3);
    const letters = await scene.untilLetters(2);
    assert.deepEqual(
      letters.map(({ exporter, spans, reason }) => [exporter, spans, /too old/.test(reason)]),
      [
        [TEMPO, 1, true],
        [TEMPO, 1, true],
      ],
    );
    const [first, second] = letters.map(({ id }) => id);
    const shown = await scene.verb('dead-letters', 'show', first!);
    assert.deepEqual(spanIdsIn(Buffer.from(shown.stdout)), [spanId(2)]);
    assert.match(
      (await scene.verb('dead-letters', 'list')).stdout,
      /^id +exporter +time +spans +size +reason\n\d+ +otlp_http\/tempo /,
    );

    // Still refused, for another reason: they are letters again.
    scene.reason = 'too large';
    const again = await scene.verb('dead-letters', 'replay', first!);
    assert.deepEqual([again.exitCode, /1 are being sent again by the daemon/.test(again.stdout)], [0, true]);
    await until('the new reason', async () => (await scene.letters()).some(({ reason }) => /too large/.test(reason)));
    const anew = await scene.untilLetters(2);
    assert.ok(!anew.some(({ id }) => id === first) && anew.some(({ id }) => id === second));
    assert.deepEqual(scene.tempo.spanIds, [spanId(1)]);

    // And now it takes them.
    scene.refused = new Set();
    assert.equal((await scene.verb('dead-letters', 'replay', '--all')).exitCode, 0);
    await scene.untilLetters(0);
    assert.deepEqual(scene.tempo.spanIds.toSorted(), [1, 2, 3].map(spanId));
    await until('the requests are gone', () => globSync('dead/*.request', { cwd: scene.directory }).length === 0);
    assert.equal((await scene.verb('journal', 'verify')).exitCode, 0);
    await daemon.stop();
  });

  it('are deleted with their bytes while others are kept', async () => {
    const scene = await Scene.open(2, 3, 4);
    const daemon = await scene.start();
    await scene.send(2, 3);
    const [first] = await scene.untilLetters(2);
    const purged = await scene.verb('dead-letters', 'purge', first!.id);
    assert.deepEqual([purged.exitCode, /^1 deleted$/m.test(purged.stdout)], [0, true], purged.stderr);
    assert.ok(!scene.content.includes(spanId(2)) && scene.content.includes(spanId(3)));
    await scene.send(4);
    await scene.untilLetters(2);
    const all = await scene.verb('dead-letters', 'purge', '--all', '--json');
    assert.deepEqual([JSON.parse(all.stdout).state, JSON.parse(all.stdout).letters.length], ['done', 2]);
    assert.deepEqual(await scene.letters(), []);
    assert.ok(!scene.content.includes(spanId(3)));
    const missing = await scene.verb('dead-letters', 'purge', first!.id);
    assert.deepEqual([missing.exitCode, missing.stderr], [1, `there is no dead letter "${first!.id}"\n`]);
    await daemon.stop();
  });
});

describe('dead letters without a daemon', () => {
  it('wait for the next one to be sent again, through a kill in the middle', async () => {
    const scene = await Scene.open(1, 2);
    const first = await scene.start();
    await scene.send(1, 2);
    await scene.untilLetters(2);
    await first.stop();
    const asked = await scene.verb('dead-letters', 'replay', '--exporter', TEMPO, '--all');
    assert.match(asked.stdout, /2 will be sent again when a daemon starts; none has this data directory open/);

    let release = () => undefined as unknown;
    const { script } = scene.tempo;
    scene.tempo.script = () => new Promise((resolve) => (release = () => resolve(ACCEPT)));
    const before = scene.tempo.arrived.length;
    const second = await scene.start();
    await scene.tempo.untilArrived(before + 1);
    process.kill(second.pid, 'SIGKILL');
    release();
    scene.refused = new Set();
    scene.tempo.script = script;
    await until('nobody has the folder', async () => !(await isLocked(scene.directory)));
    const third = await scene.start();
    await scene.untilLetters(0);
    const arrived = new Set(scene.tempo.spanIds);
    assert.deepEqual([...arrived].toSorted(), [1, 2].map(spanId));
    await third.stop();
  });

  it('are deleted at once', async () => {
    const scene = await Scene.open(1);
    const daemon = await scene.start();
    await scene.send(1);
    await scene.untilLetters(1);
    await daemon.stop();
    const purged = await scene.verb('dead-letters', 'purge', '--all');
    assert.match(purged.stdout, /1 deleted\n$/);
    assert.deepEqual(await scene.letters(), []);
    assert.ok(!scene.content.includes(spanId(1)));
  });

  it('of an exporter that is gone from the config are listed and wait', async () => {
    const scene = await Scene.open(1);
    const first = await scene.start();
    await scene.send(1);
    await scene.untilLetters(1);
    await first.stop();
    await scene.verb('dead-letters', 'replay', '--all');
    const second = await scene.start('otlp_http/other');
    const sentence = 'dead letters are to be sent again to an exporter that is not in the config';
    await until('the log says so', () => second.log().some(({ msg, exporter }) => msg === sentence && exporter === TEMPO));
    assert.equal((await scene.letters()).length, 1);
    await second.stop();
    scene.refused = new Set();
    const third = await scene.start();
    await scene.untilLetters(0);
    assert.deepEqual(scene.tempo.spanIds, [spanId(1)]);
    await third.stop();
  });
});
