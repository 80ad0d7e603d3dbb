/** A daemon that refuses its data directory starts after a repair, and counts on from what is left. */
import assert from 'node:assert/strict';
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { callOf } from '../helpers/call-body.ts';
import { cli } from '../helpers/cli.ts';
import { logLines, runToEnd, startDaemon } from '../helpers/daemon.ts';
import { Destination } from '../helpers/destination.ts';
import { temporaryFolder } from '../helpers/disk-journal.ts';
import { freePort } from '../helpers/free-ports.ts';
import { post, send } from '../helpers/http.ts';

describe('a data directory that a daemon refuses', () => {
  it('is taken after "journal repair --accept-loss", which says what was lost', async () => {
    const directory = join(temporaryFolder(), 'data');
    const [intake, admin] = [await freePort(), await freePort()];
    const tempo = await Destination.open();
    const config = `
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:${intake} } } } }
connectors: { genai: }
exporters:
  prometheus: { endpoint: 127.0.0.1:${admin} }
  otlp_http/tempo: { endpoint: '${tempo.url}' }
service:
  journal: { storage: disk, directory: '${directory}', min_free: 1MiB }
  pipelines:
    traces: { receivers: [otlp], exporters: [genai, otlp_http/tempo] }
    metrics: { receivers: [genai], exporters: [prometheus] }
  telemetry: { metrics: { level: none } }
`;
    let sent = 0;
    const sendOne = async () => {
      sent += 1;
      assert.equal((await post(`http://127.0.0.1:${intake}/v1/traces`, callOf(sent))).status, 200);
    };
    const counted = async () => {
      const { body } = await send(`http://127.0.0.1:${admin}/metrics`, undefined, { method: 'GET' });
      return [...String(body).matchAll(/^openrouter_requests_total{.*} (\d+)/gm)].reduce(
        (sum, [, count]) => sum + Number(count),
        0,
      );
    };
    const verb = (...args: readonly string[]) => cli([...args, '--data-dir', directory]);

    // Every process begins a segment; what the first one had goes, and so do all snapshots.
    for (let process = 0; process < 2; process += 1) {
      const daemon = await startDaemon(config);
      await sendOne();
      await sendOne();
      assert.equal(await counted(), sent);
      await daemon.stop();
    }
    const inFolder = (pattern: string) => globSync(pattern, { cwd: directory }).toSorted();
    const [oldest = '', second = ''] = inFolder('journal/*.log');
    rmSync(join(directory, oldest));
    for (const path of inFolder('journal/snapshot-*.bin')) {
      const bytes = readFileSync(join(directory, path));
      bytes[bytes.length >> 1]! ^= 0xff;
      writeFileSync(join(directory, path), bytes);
    }
    const refused = await runToEnd(['run', '-c', 'spanmeter.yaml'], config);
    assert.equal(refused.code, 65);
    assert.match(JSON.stringify(logLines(refused.stderr)), /no snapshot is whole.*journal repair --accept-loss/);
    assert.equal((await verb('journal', 'verify')).exitCode, 65);

    const repaired = await verb('journal', 'repair', '--accept-loss');
    assert.equal(repaired.exitCode, 0, repaired.stderr);
    const lost = Number(/(\d+)\.log$/.exec(second)?.[1]) - 1;
    assert.match(repaired.stdout, new RegExp(`given up: ${lost} records; `));
    assert.equal((await verb('journal', 'verify')).exitCode, 0);

    const daemon = await startDaemon(config);
    assert.equal(await counted(), 2, 'what the first process had counted is lost');
    await sendOne();
    assert.equal(await counted(), 3);
    const inspected = await verb('journal', 'inspect', '--json');
    assert.deepEqual([inspected.exitCode, JSON.parse(inspected.stdout).quarantined.length], [0, 2]);
    process.kill(daemon.pid, 'SIGKILL');
  });
});
