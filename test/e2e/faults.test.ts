/** One daemon with a destination for every way to fail; what one of them does must not reach the others, or lose a span. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { type Daemon, type LogLine, startDaemon } from '../helpers/daemon.ts';
import { ACCEPT, Destination, HANG, RESET, type Reply, type Script, spanIdsIn } from '../helpers/destination.ts';
import { freePort } from '../helpers/free-ports.ts';
import { post, send } from '../helpers/http.ts';
import { Page } from '../helpers/page.ts';
import { SAMPLES, TOTAL_COST_USD } from '../helpers/samples.ts';
import { until } from '../helpers/until.ts';

const POISON = 'deadbeefdeadbeef';
const DELIVERIES = 5;

/** These replies first, then 200. */
const begin =
  (...replies: readonly Reply[]): Script =>
  (_, nth) =>
    replies[nth] ?? ACCEPT;

const SCRIPTS = {
  healthy: () => ACCEPT,
  slow: () => setTimeout(100, ACCEPT),
  hung: begin(HANG, HANG),
  throttled: begin({ status: 429, headers: { 'retry-after': '1' } }),
  unavailable: begin({ status: 503 }, { status: 502 }, { status: 504 }),
  resetting: begin(RESET, RESET, RESET),
  picky: ({ body }) => (body.includes(POISON) ? { status: 400 } : ACCEPT),
  broken: begin({ status: 500 }),
  wrong_path: () => ({ status: 404 }),
  wrong_token: () => ({ status: 401 }),
  moved: () => ({ status: 307, headers: { location: '/elsewhere' } }),
} satisfies Record<string, Script>;
type Name = keyof typeof SCRIPTS;

let daemon: Daemon;
let sinks: Readonly<Record<Name, Destination>>;
let page: Page;
let answeredMs: number;

before(async () => {
  const opened = Object.entries(SCRIPTS).map(async ([name, script]) => [name, await Destination.open(script)] as const);
  sinks = Object.fromEntries(await Promise.all(opened)) as Record<Name, Destination>;
  const exporters = Object.entries(sinks).map(
    ([name, { url }]) =>
      `  otlp_http/${name}: { endpoint: '${url}', timeout: ${name === 'hung' ? '1s' : '30s'}, retry_on_failure: { initial_interval: 20ms }, sending_queue: { num_consumers: 1 } }`,
  );
  const names = Object.keys(sinks).map((name) => `otlp_http/${name}`);
  const [intake, admin] = [await freePort(), await freePort()];
  daemon = await startDaemon(`
receivers:
  otlp: { protocols: { http: { endpoint: 127.0.0.1:${intake} } } }
connectors:
  genai:
exporters:
  prometheus: { endpoint: 127.0.0.1:${admin} }
${exporters.join('\n')}
service:
  pipelines:
    traces:  { receivers: [otlp],  exporters: [genai, ${names.join(', ')}] }
    metrics: { receivers: [genai], exporters: [prometheus] }
`);
  const traces = `http://127.0.0.1:${intake}/v1/traces`;
  const beganMs = performance.now();
  for (const { name, body } of SAMPLES) assert.equal((await post(traces, body)).status, 200, name);
  for (let nth = 0; nth < DELIVERIES; nth += 1) assert.equal((await post(traces, delivery(nth))).status, 200);
  assert.equal((await post(traces, poisoned())).status, 200);
  answeredMs = performance.now() - beganMs;
  page = new Page((await send(`http://127.0.0.1:${admin}/metrics`, undefined, { method: 'GET' })).body);
});

describe('while destinations fail', () => {
  it('the sender is answered as ever', () => {
    assert.ok(answeredMs < 3_000, `${answeredMs} ms for all requests`);
  });

  it('the counters are complete', () => {
    assert.equal(page.sum('openrouter_cost_usd_total'), TOTAL_COST_USD);
    assert.equal(page.sum('openrouter_requests_total'), '15');
  });

  for (const name of ['healthy', 'slow', 'hung', 'throttled', 'unavailable', 'resetting'] as const) {
    it(`every span arrives, and once: at a destination that is ${name}`, async () => {
      await until('all spans', () => spansAt(name).size === spansPosted().size);
      assert.deepEqual(spansAt(name), spansPosted());
      assert.deepEqual(deadLettersOf(name), []);
    });
  }

  it('a destination that says when to come again is asked no earlier', () => {
    const [refused, repeated] = sinks.throttled.arrived;
    assert.ok(refused && repeated && repeated.atMs - refused.atMs >= 990);
  });

  it('the same bytes are sent again', () => {
    for (const name of ['hung', 'throttled', 'unavailable', 'resetting'] as const) {
      const [first, second] = sinks[name].arrived;
      assert.ok(first && second?.body.equals(first.body), name);
    }
  });

  it('a span that a destination will never take costs none of its neighbours', async () => {
    const all = spansPosted();
    all.delete(POISON);
    await until('all others', () => spansAt('picky').size === all.size);
    assert.deepEqual(spansAt('picky'), all);
    await until('the dead letter', () => deadLettersOf('picky').length > 0);
    assert.deepEqual(
      deadLettersOf('picky').map(({ spans }) => spans),
      [1],
    );
  });

  it('an answer that no repetition can change is no reason to stop', async () => {
    await until('the dead letter', () => deadLettersOf('broken').length > 0);
    const [refused] = sinks.broken.arrived;
    const lost = new Set(spanIdsIn(refused?.body ?? Buffer.alloc(0)));
    await until('the rest', () => spansAt('broken').size === spansPosted().size - lost.size);
    assert.equal(sinks.broken.arrived.filter(({ body }) => body.equals(refused?.body ?? Buffer.alloc(0))).length, 1, 'sent once');
  });

  for (const name of ['wrong_path', 'wrong_token', 'moved'] as const) {
    it(`what a person can mend is held, not thrown away and not insisted on: ${name}`, async () => {
      await until('the refusal logged', () => logOf(name).some(({ level }) => level === 'error'));
      assert.equal(sinks[name].arrived.length, 1);
      assert.equal(sinks[name].arrived[0]?.path, '/v1/traces');
      assert.deepEqual(deadLettersOf(name), []);
    });
  }
});

describe('SIGTERM while destinations hold spans back', () => {
  it('ends the daemon cleanly, and waits for nobody: the spans are kept', async () => {
    await daemon.stop();
    assert.ok(!daemon.log().some(({ msg }) => msg.includes('lost')));
    assert.equal(sinks.wrong_token.arrived.length, 1);
  });
});

function delivery(nth: number): string {
  return request(`00000000000${nth}beef`);
}

/** Three spans, one of which some destination refuses. */
function poisoned(): string {
  return request('00000000000abeef', POISON, '00000000000bbeef');
}

function request(...spanIds: readonly string[]): string {
  const spans = spanIds.map((spanId) => ({ traceId: 'c0ffee'.padEnd(32, '0'), spanId, name: 'step' }));
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
}

function spansPosted(): Set<string> {
  const bodies = [
    ...SAMPLES.map(({ body }) => body),
    ...Array.from({ length: DELIVERIES }, (_, nth) => Buffer.from(delivery(nth))),
    Buffer.from(poisoned()),
  ];
  return new Set(bodies.flatMap(spanIdsIn));
}

/** Fails on a span that was accepted twice. */
function spansAt(name: Name): Set<string> {
  const { spanIds } = sinks[name];
  const spans = new Set(spanIds);
  assert.equal(spanIds.length, spans.size, `none twice at ${name}`);
  return spans;
}

function logOf(name: Name): readonly LogLine[] {
  return daemon.log().filter(({ component }) => component?.endsWith(`otlp_http/${name}`));
}

function deadLettersOf(name: Name): readonly LogLine[] {
  const letters = daemon.log().filter(({ msg }) => msg.startsWith('spans will never be delivered'));
  return letters.filter(({ exporter }) => exporter === `otlp_http/${name}`);
}
