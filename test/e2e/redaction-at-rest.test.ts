/** Prompts and answers that a processor removes are in no file of the daemon: no segment, no snapshot, no dead letter. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { CANARY, canarySpan, canaryValues } from '../helpers/content.ts';
import { type Daemon, startDaemon } from '../helpers/daemon.ts';
import { Destination } from '../helpers/destination.ts';
import { temporaryFolder } from '../helpers/disk-journal.ts';
import { freePort } from '../helpers/free-ports.ts';
import { post, send } from '../helpers/http.ts';
import { until } from '../helpers/until.ts';

const BODIES = canaryValues().map((value, index) => {
  const span = { ...canarySpan(value), spanId: `eee19b7ec3c1b17${index}` };
  return JSON.stringify({ resourceSpans: [{ resource: {}, scopeSpans: [{ scope: {}, spans: [span] }] }] });
});

/** Which of the files under a folder hold this text. */
function filesWith(folder: string, text: string): readonly string[] {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path));
  return paths.filter((path) => statSync(path).isFile() && readFileSync(path).includes(text));
}

async function ended(daemon: Daemon): Promise<void> {
  process.kill(daemon.pid, 'SIGKILL');
  await until('it is gone', () => !isThere(daemon.pid));
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Some of it refused for good, some never taken, killed and started again, stopped with a snapshot. */
async function everythingKept(processors: string): Promise<Readonly<{ folder: string; log: string; page: string }>> {
  // The first request is a dead letter, what comes later stays in the backlog.
  const destination = await Destination.open((_, nth) => ({ status: nth === 0 ? 422 : 503 }));
  const [intake, admin, folder] = [await freePort(), await freePort(), temporaryFolder()];
  const names = [...processors.matchAll(/(\w+):/g)].map(([, name]) => name).join(', ');
  const config = `
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:${intake} } } } }
processors: { ${processors} }
connectors: { genai: }
exporters:
  prometheus: { endpoint: 127.0.0.1:${admin} }
  otlp_http: { endpoint: '${destination.url}' }
service:
  telemetry: { logs: { level: debug }, metrics: { level: none } }
  journal: { storage: disk, directory: '${folder}', segment_size: 64KiB, min_free: 1MiB }
  pipelines:
    traces: { receivers: [otlp], processors: [${names}], exporters: [genai, otlp_http] }
    metrics: { receivers: [genai], exporters: [prometheus] }
`;
  const first = await startDaemon(config);
  for (const [index, body] of BODIES.entries()) {
    assert.equal((await post(`http://127.0.0.1:${intake}/v1/traces`, body)).status, 200);
    if (index === 0) await until('there is a dead letter', () => filesWith(folder, 'eee19b7ec3c1b170').some(isDeadLetter));
  }
  await ended(first);
  const second = await startDaemon(config);
  const { body: page } = await send(`http://127.0.0.1:${admin}/metrics`, undefined, { method: 'GET' });
  await second.stop();
  return { folder, page, log: first.stderr() + second.stderr() };
}

function isDeadLetter(path: string): boolean {
  return path.includes('/dead/');
}

describe('content that a processor removes', () => {
  it('is in no file under the data directory, in no log and on no page', async () => {
    const { folder, log, page } = await everythingKept('redact_content: {}');
    assert.ok(filesWith(folder, 'eee19b7ec3c1b17').length > 1, 'the spans are kept');
    assert.deepEqual(filesWith(folder, CANARY), []);
    assert.ok(!`${log}${page}`.includes(CANARY));
  });

  it('would be there if nobody removed it', async () => {
    const { folder, log, page } = await everythingKept('batch: {}');
    assert.ok(filesWith(folder, CANARY).some(isDeadLetter));
    assert.ok(filesWith(folder, CANARY).some((path) => path.includes('/journal/')));
    assert.ok(!`${log}${page}`.includes(CANARY));
  });
});
