/** Planted secrets and prompts: they reach their destinations, and nothing else that the daemon writes. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Daemon, runToEnd, startDaemon } from '../helpers/daemon.ts';
import { Destination } from '../helpers/destination.ts';
import { freePort } from '../helpers/free-ports.ts';
import { type Answer, send } from '../helpers/http.ts';
import { until } from '../helpers/until.ts';

const SECRETS = {
  intake_token: 'canary-intake-token',
  page_token: 'canary-page-token',
  password: 'canary-password',
  header: 'canary-exporter-header',
  own_header: 'canary-own-header',
};
const WRONG = ['canary-wrong-token', 'canary-query', 'canary-path', 'canary-header', 'canary-malformed', 'canary-field'];
const CONTENT_KEYS = [
  'gen_ai.prompt',
  'gen_ai.completion',
  'gen_ai.input.messages',
  'gen_ai.output.messages',
  'gen_ai.system_instructions',
  'trace.input',
  'trace.output',
  'span.input',
  'span.output',
  'input.value',
  'output.value',
  'llm.prompts.0.content',
];
const CONTENTS = [...CONTENT_KEYS.map((key) => `canary-of-${key}`), 'canary-event', 'canary-status'];
const CANARIES = [...Object.values(SECRETS), ...WRONG, ...CONTENTS];

/** A model call whose every text is a canary. */
function callWithCanaries(): string {
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const span = {
    traceId: '5b8efff798038103d269b633813fc60c',
    spanId: 'eee19b7ec3c1b174',
    name: 'chat',
    startTimeUnixNano: '1795269000000000000',
    endTimeUnixNano: '1795269001000000000',
    attributes: [
      text('span.type', 'generation'),
      text('gen_ai.operation.name', 'chat'),
      text('gen_ai.request.model', 'acme/model'),
      text('gen_ai.usage.total_cost', 'canary-field'),
      ...CONTENT_KEYS.map((key) => text(key, `canary-of-${key}`)),
    ],
    events: [{ name: 'gen_ai.content.prompt', attributes: [text('gen_ai.prompt', 'canary-event')] }],
    status: { code: 2, message: 'canary-status' },
  };
  return JSON.stringify({ resourceSpans: [{ resource: {}, scopeSpans: [{ scope: {}, spans: [span] }] }] });
}

describe('planted secrets and prompts', () => {
  let daemon: Daemon;
  let tempo: Destination;
  /** Everything that was written, by who wrote it. */
  const written = new Map<string, string>();

  before(async () => {
    const [intake, admin, own, health] = [await freePort(), await freePort(), await freePort(), await freePort()];
    tempo = await Destination.open();
    // They send back what they were sent, as servers do in the text of an error.
    const picky = await Destination.open(({ body }) => ({ status: 400, body }));
    const busy = await Destination.open(({ body }, nth) => ({ status: nth < 2 ? 503 : 200, body: nth < 2 ? body : '{}' }));
    const observatory = await Destination.open();
    const config = configOf({ intake, admin, own, health }, { tempo, picky, busy, observatory });
    daemon = await startDaemon(config, SECRETS);
    for (const [name, answer] of await askAll(intake)) written.set(name, `${JSON.stringify(answer.headers)} ${answer.body}`);
    await until('everybody has it', () => tempo.accepted.length > 0 && busy.accepted.length > 0 && picky.arrived.length > 0);
    const page = { authorization: `Bearer ${SECRETS.page_token}` };
    for (const [name, url, headers] of [
      ['the page of metrics', `http://127.0.0.1:${admin}/metrics`, page],
      ['the page of metrics to a stranger', `http://127.0.0.1:${admin}/metrics`, { authorization: 'Bearer canary-wrong-token' }],
      ['the page of own metrics', `http://127.0.0.1:${own}/metrics`, {}],
      ['health', `http://127.0.0.1:${health}/healthz`, page],
      ['health for a Collector', `http://127.0.0.1:${health}/status?verbose`, page],
      [
        'health to a stranger',
        `http://127.0.0.1:${health}/canary-path?canary-query`,
        { authorization: 'Bearer canary-wrong-token' },
      ],
    ] as const) {
      const answer = await send(url, undefined, { method: 'GET', headers });
      written.set(name, `${answer.status} ${JSON.stringify(answer.headers)} ${answer.body}`);
    }
    await daemon.stop();
    written.set('the log at level debug', daemon.stderr());
    written.set('spans about the daemon', observatory.arrived.map(({ body }) => body.toString()).join('\n'));
    const printed = await runToEnd(['print-config', '-c', 'spanmeter.yaml'], config, SECRETS);
    written.set('print-config', printed.stdout + printed.stderr);
    const faulty = await runToEnd(['validate', '-c', 'spanmeter.yaml'], config.replace('processors: [', 'processor: ['), SECRETS);
    written.set('a report of faults', faulty.stdout + faulty.stderr);
  });

  after(() => tempo?.close());

  it('arrive whole at the destination that is to have them', () => {
    const body = tempo.accepted.join('\n');
    for (const canary of CONTENTS) assert.ok(body.includes(canary), canary);
    assert.equal(tempo.arrived[0]?.headers['x-secret'], SECRETS.header);
    assert.equal(tempo.arrived[0]?.headers.authorization, `Basic ${Buffer.from(`me:${SECRETS.password}`).toString('base64')}`);
  });

  it('leave something to look at everywhere', () => {
    for (const [name, text] of written) assert.ok(text.length > 20, `${name}: ${text}`);
    assert.match(written.get('the page of metrics') ?? '', /openrouter_requests_total\{/);
    assert.match(
      written.get('the page of own metrics') ?? '',
      /otelcol_exporter_send_failed_spans_total\{exporter="otlp_http\/picky"\} 1/,
    );
    assert.match(written.get('health') ?? '', /exporter\/otlp_http\/picky/);
    assert.match(written.get('the log at level debug') ?? '', /spans will never be delivered/);
    assert.match(written.get('spans about the daemon') ?? '', /"name":"deliver"/);
    assert.match(written.get('print-config') ?? '', /REDACTED/);
  });

  for (const canary of CANARIES) {
    it(`show up nowhere: ${canary}`, () => {
      const encoded = Buffer.from(`me:${canary}`).toString('base64');
      const leaks = [...written].filter(([, text]) => text.includes(canary) || text.includes(encoded)).map(([name]) => name);
      assert.deepEqual(leaks, []);
    });
  }
});

type Ports = Readonly<Record<'intake' | 'admin' | 'own' | 'health', number>>;
type Destinations = Readonly<Record<'tempo' | 'picky' | 'busy' | 'observatory', Destination>>;

function configOf(ports: Ports, { tempo, picky, busy, observatory }: Destinations): string {
  return `
receivers:
  otlp: { protocols: { http: { endpoint: '127.0.0.1:${ports.intake}', auth: { authenticator: bearertokenauth/intake } } } }
connectors:
  genai:
exporters:
  prometheus: { endpoint: '127.0.0.1:${ports.admin}', auth: { authenticator: bearertokenauth/page } }
  otlp_http/tempo: { endpoint: '${tempo.url}', headers: { x-secret: '\${env:header}' }, auth: { authenticator: basicauth } }
  otlp_http/picky: { endpoint: '${picky.url}', headers: { x-secret: '\${env:header}' } }
  otlp_http/busy: { endpoint: '${busy.url}', retry_on_failure: { initial_interval: 20ms, max_interval: 20ms } }
extensions:
  bearertokenauth/intake: { token: '\${env:intake_token}' }
  bearertokenauth/page: { token: '\${env:page_token}' }
  basicauth: { client_auth: { username: me, password: '\${env:password}' } }
  health_check: { endpoint: '127.0.0.1:${ports.health}', auth: { authenticator: bearertokenauth/page } }
service:
  extensions: [bearertokenauth/intake, bearertokenauth/page, basicauth, health_check]
  telemetry:
    logs: { level: debug }
    metrics: { readers: [{ pull: { exporter: { prometheus: { port: ${ports.own} } } } }] }
    traces:
      processors:
        - batch: { exporter: { otlp: { endpoint: '${observatory.url}', headers: { x-secret: '\${env:own_header}' } } } }
  pipelines:
    traces: { receivers: [otlp], processors: [], exporters: [genai, otlp_http/tempo, otlp_http/picky, otlp_http/busy] }
    metrics: { receivers: [genai], exporters: [prometheus] }
`;
}

/** What a sender is answered, whatever it does wrong. */
async function askAll(port: number): Promise<readonly (readonly [name: string, answer: Answer])[]> {
  const url = `http://127.0.0.1:${port}/v1/traces`;
  const known = { authorization: `Bearer ${SECRETS.intake_token}`, 'content-type': 'application/json' };
  const malformed = '{"resourceSpans":[{"canary-malformed":';
  const requests = [
    ['a good request', 200, url, callWithCanaries(), known],
    ['a wrong token', 401, url, '{}', { ...known, authorization: 'Bearer canary-wrong-token' }],
    ['a token in the query', 401, `${url}?token=canary-query`, '{}', { 'content-type': 'application/json' }],
    ['a path that is none', 404, `http://127.0.0.1:${port}/canary-path`, '{}', known],
    ['a type that is none', 415, url, '{}', { ...known, 'content-type': 'text/canary-header' }],
    ['a coding that is none', 415, url, '{}', { ...known, 'content-encoding': 'canary-header' }],
    ['a malformed body', 400, url, malformed, known],
    ['a malformed protobuf body', 400, url, 'canary-malformed', { ...known, 'content-type': 'application/x-protobuf' }],
  ] as const;
  const answers: (readonly [string, Answer])[] = [];
  for (const [name, status, target, body, headers] of requests) {
    const answer = await send(target, body, { headers });
    assert.equal(answer.status, status, name);
    answers.push([`the answer to ${name}`, answer]);
  }
  return answers;
}
