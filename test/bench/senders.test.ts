/** Both senders of the bench send the same requests, each once, and know how many. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { bodyOf, dimensioned } from '../../bench/bodies.ts';
import type { Body } from '../../bench/body.ts';
import { freshen } from '../../bench/fresh-ids.ts';
import { type Job, loadWithWrk, SENDER } from '../../bench/load.ts';
import { sendWithNode } from '../../bench/node-load.ts';
import { TOKEN, writeTemplates } from '../../bench/templates.ts';
import { absent } from '../helpers/peer.ts';

const SEED = 2 ** 28 + 7;
const NOW_MS = 1_790_700_100_000;
const FIRST = 1_000;
const SERIES = 3;

describe('a sender of the bench', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spanmeter-senders-'));
  const arrived: Readonly<{ body: Buffer; head: string }>[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      arrived.push({ body: Buffer.concat(chunks), head: `${request.headers['content-type']} ${request.headers.authorization}` });
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  before(() => once(server.listen(0, '127.0.0.1'), 'listening'));
  after(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  const senders = [
    { name: 'Node', send: sendWithNode, skip: false as const },
    { name: 'wrk', send: loadWithWrk, skip: SENDER === 'wrk' ? (false as const) : absent('wrk is not installed').missing },
  ];
  const bodies = [dimensioned(2), bodyOf('8 KB'), bodyOf('100 spans')];
  for (const { name, send, skip } of senders)
    for (const body of bodies)
      it(`sends what it is told, each request once: ${name}, ${body.name}`, { skip }, async () => {
        arrived.length = 0;
        const templates = join(folder, 'requests');
        writeTemplates(templates, body, SEED, NOW_MS);
        const { port } = server.address() as AddressInfo;
        const job: Job = { port, templates, connections: 4, seconds: 0.1, seed: SEED, first: FIRST, series: SERIES };
        const sent = await send(job);
        assert.equal(sent.requests, arrived.length);
        assert.ok(sent.requests > 0 && sent.refused === 0 && sent.p50Ms > 0 && sent.p50Ms <= sent.maxMs);
        assert.deepEqual(new Set(arrived.map(({ head }) => head)), new Set([`${body.mediaType} Bearer ${TOKEN}`]));
        const texts = arrived.map((request) => request.body.toString('latin1')).sort();
        assert.ok(expected(body, sent.requests).every((text, index) => text === texts[index]));
      });
});

/** In the order of their text, as they arrive in any. */
function expected(body: Body, requests: number): readonly string[] {
  const templates = body.templates(SEED, NOW_MS);
  return Array.from({ length: requests }, (_, index) => {
    const { body: bytes, ids } = templates[(FIRST + index) % templates.length]!;
    const copy = Buffer.from(bytes);
    freshen(copy, ids, { seed: SEED, series: SERIES }, FIRST + index);
    return copy.toString('latin1');
  }).sort();
}
