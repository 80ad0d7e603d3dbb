/** Prompts and answers end at the daemon: no destination, page or log line has them, and no figure changes. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CANARY, canarySpan, canaryValues } from '../helpers/content.ts';
import { type Daemon, startDaemon } from '../helpers/daemon.ts';
import { Destination } from '../helpers/destination.ts';
import { freePort } from '../helpers/free-ports.ts';
import { post, send } from '../helpers/http.ts';
import { SAMPLES } from '../helpers/samples.ts';
import { until } from '../helpers/until.ts';

type Setup = Readonly<{ daemon: Daemon; sink: Destination; page: () => Promise<string>; answers: readonly string[] }>;

const BODIES: readonly string[] = [
  ...SAMPLES.map(({ body }) => body.toString()),
  ...canaryValues().map((value, index) => {
    const span = { ...canarySpan(value), spanId: `eee19b7ec3c1b17${index}` };
    const attributes = [{ key: 'gen_ai.prompt', value }];
    return JSON.stringify({
      resourceSpans: [{ resource: { attributes }, scopeSpans: [{ scope: { attributes }, spans: [span] }] }],
    });
  }),
  // What the bytes say beside what is read from them.
  ...[
    `"attributes":[{"key":"gen_ai.prompt","value":{"stringValue":"${CANARY}"}}],"attributes":[]`,
    `"attributes":{"gen_ai.prompt":"${CANARY}"}`,
    `"events":{"name":"gen_ai.choice","message":"${CANARY}"}`,
    `"Attributes":[{"key":"gen_ai.prompt","value":{"stringValue":"${CANARY}"}}]`,
  ].map((members, index) => `{"resourceSpans":[{"scopeSpans":[{"spans":[{"spanId":"fee19b7ec3c1b17${index}",${members}}]}]}]}`),
];

/** What a person reads from the daemon after it was sent everything. */
async function setUp(processors: string): Promise<Setup> {
  const sink = await Destination.open();
  const [intake, admin] = [await freePort(), await freePort()];
  const names = [...processors.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name).join(', ');
  const daemon = await startDaemon(`
receivers:
  otlp: { protocols: { http: { endpoint: 127.0.0.1:${intake} } } }
processors:
${processors}
connectors:
  genai: { dimensions: [trace.metadata.team], cost_detail: true, unit_prices: true, output_tokens_per_second: true }
exporters:
  prometheus: { endpoint: 127.0.0.1:${admin} }
  otlp_http: { endpoint: '${sink.url}' }
service:
  telemetry: { logs: { level: debug }, metrics: { level: none } }
  pipelines:
    traces: { receivers: [otlp], processors: [${names}], exporters: [genai, otlp_http] }
    metrics: { receivers: [genai], exporters: [prometheus] }
`);
  const answers: string[] = [];
  for (const body of BODIES) {
    const answer = await post(`http://127.0.0.1:${intake}/v1/traces`, body);
    assert.equal(answer.status, 200);
    answers.push(answer.body);
  }
  const page = async () => (await send(`http://127.0.0.1:${admin}/metrics`, undefined, { method: 'GET' })).body;
  const spans = BODIES.join('').split('"spanId"').length - 1;
  await until('every span', () => sink.spanIds.length >= spans);
  return { daemon, sink, page, answers };
}

describe('redact_content in front of a destination and a connector', () => {
  let plain: Setup;
  let dropping: Setup;
  let truncating: Setup;

  before(async () => {
    const accepted = '  memory_limiter: { check_interval: 1s, limit_mib: 4000 }\n  batch:\n';
    [plain, dropping, truncating] = await Promise.all([
      setUp(accepted),
      setUp(`${accepted}  redact_content:\n`),
      setUp(`${accepted}  redact_content: { action: truncate, max_bytes: 3 }\n`),
    ]);
  });

  after(() => Promise.all([plain, dropping, truncating].map((setup) => setup?.daemon.stop())));

  it('keeps content from everything that leaves the daemon', async () => {
    assert.ok(Buffer.concat(plain.sink.accepted).includes(CANARY), 'without it the content arrives');
    for (const { daemon, sink, page, answers } of [dropping, truncating]) {
      assert.ok(!Buffer.concat(sink.accepted).includes(CANARY));
      assert.ok(![await page(), daemon.stderr(), ...answers].join().includes(CANARY));
    }
  });

  it('keeps it from the page and the log without being asked', async () => {
    assert.ok(![await plain.page(), plain.daemon.stderr(), ...plain.answers].join().includes(CANARY));
  });

  it('delivers every span all the same', () => {
    for (const { sink } of [dropping, truncating]) assert.deepEqual(sink.spanIds.toSorted(), plain.sink.spanIds.toSorted());
  });

  it('changes no figure', async () => {
    const expected = await figures(plain);
    assert.ok(expected.some((line) => line.startsWith('openrouter_cost_usd_total{')));
    assert.deepEqual(await figures(dropping), expected);
    assert.deepEqual(await figures(truncating), expected);
  });
});

/** Every line of the page, save the sum that grows with the time between the end of a request and its arrival. */
async function figures({ page }: Setup): Promise<readonly string[]> {
  return (await page()).split('\n').filter((line) => !line.startsWith('openrouter_ingest_delay_seconds_sum'));
}
