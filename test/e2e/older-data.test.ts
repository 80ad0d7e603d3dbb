/** What a released version has left in its data directory, this one goes on with: figures, copies, backlogs, dead letters. */
import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { cli } from '../helpers/cli.ts';
import { startDaemon } from '../helpers/daemon.ts';
import { Destination, spanIdsIn } from '../helpers/destination.ts';
import { temporaryFolder } from '../helpers/disk-journal.ts';
import { freePort } from '../helpers/free-ports.ts';
import { configOver, countersOf, OLDER_DATA, PAGE, postSamples } from '../helpers/older-data.ts';
import { SAMPLES } from '../helpers/samples.ts';
import { until } from '../helpers/until.ts';

const versions = readdirSync(OLDER_DATA);

describe('the data directory', () => {
  it('of at least one version is known', () => assert.ok(versions.length > 0));

  for (const version of versions) {
    it(`of ${version} is gone on with`, async () => {
      const directory = temporaryFolder();
      cpSync(join(OLDER_DATA, version, 'data'), directory, { recursive: true });
      const [intake, admin] = [await freePort(), await freePort()];
      const [tempo, strict] = [await Destination.open(), await Destination.open()];
      const letters = async () => JSON.parse((await cli(['dead-letters', 'list', '--json', '--data-dir', directory])).stdout);
      assert.ok((await letters()).length > 0);
      const daemon = await startDaemon(configOver(directory, { intake, admin, tempo: tempo.url, strict: strict.url }));
      const before = readFileSync(join(OLDER_DATA, version, PAGE), 'utf8');
      assert.match(before, /openrouter_cost_usd_total/);
      assert.equal(await countersOf(admin), before);
      await postSamples(intake);
      assert.equal(await countersOf(admin), before, 'all of them are copies');
      const replay = await cli(['dead-letters', 'replay', '--all', '--data-dir', directory]);
      assert.equal(replay.exitCode, 0, replay.stderr);
      const sent = new Set(SAMPLES.flatMap(({ body }) => spanIdsIn(body)));
      for (const destination of [tempo, strict]) {
        await until('every span has arrived', () => {
          return sent.isSubsetOf(new Set(destination.arrived.flatMap(({ body }) => spanIdsIn(body))));
        });
      }
      await until('no letter is left', async () => (await letters()).length === 0);
      await daemon.stop();
      assert.doesNotMatch(daemon.stderr(), /"level":"error"/);
    });
  }
});
