/** Traffic on its way: at its pace, with what the SDK traces beside it, until it is stopped or refused. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { Application } from '../../src/demo/application.ts';
import { sendTraffic } from '../../src/demo/drive.ts';
import { Sink } from '../../src/demo/sink.ts';
import { type ByModel, NOTHING } from '../../src/demo/tally.ts';
import { tell } from '../../src/demo/tell.ts';
import { createTraffic } from '../../src/demo/traffic.ts';
import { Visitor } from '../../src/demo/visitor.ts';
import { ACCEPT, Destination, type Script } from '../helpers/destination.ts';
import { send } from '../helpers/http.ts';
import { until } from '../helpers/until.ts';

async function rig(test: TestContext, script: Script, deliveriesPerSecond: number) {
  const destination = await Destination.open(script);
  const door = { url: `${destination.url}/v1/traces`, headers: { 'x-token': 't' }, own: true };
  const elsewhere = { ...door, url: `${(await Destination.open()).url}/v1/traces` };
  const [sender, application, stop] = [new Visitor(door), new Application(elsewhere, 1), new AbortController()];
  test.after(() => Promise.all([sender.close(), application.shutdown()]));
  const sending = { traffic: createTraffic(1), sender, application, deliveriesPerSecond, now: () => 1_790_700_000_000 };
  return { destination, stop, sent: sendTraffic(sending, stop.signal) };
}

describe('sending', () => {
  it('keeps its pace and ends once everything is answered', async (test) => {
    const { destination, stop, sent } = await rig(test, () => ACCEPT, 200);
    const beganMs = performance.now();
    await until('twenty deliveries', () => destination.arrived.length >= 20);
    assert.ok(performance.now() - beganMs > 60, 'twenty in 100 ms');
    stop.abort();
    await sent;
    assert.equal(destination.accepted.length, destination.arrived.length);
    assert.ok(destination.arrived.every(({ headers }) => headers['x-token'] === 't'));
  });

  it('stops at a refusal, and says what was answered', async (test) => {
    const { sent } = await rig(test, () => ({ status: 401, body: 'who are you?' }), 100);
    await assert.rejects(sent, /^Error: cannot deliver made-up traffic: the daemon answered 401: who are you\?$/);
  });

  it('stops where nobody listens', async (test) => {
    const { sent, destination } = await rig(test, () => ACCEPT, 50);
    await destination.untilArrived(1);
    await destination.close();
    await assert.rejects(sent, /cannot reach http:.*ECONNREFUSED/);
  });
});

describe('the application', () => {
  it('traces its calls in the words of the semantic conventions, and knows what they cost', async () => {
    const destination = await Destination.open();
    const application = new Application({ url: `${destination.url}/v1/traces`, headers: {}, own: true }, 1);
    for (let questions = 0; questions < 3; questions += 1) application.ask();
    await application.shutdown();
    assert.equal(destination.spanIds.length, 6);
    assert.equal(application.spans, 6);
    assert.deepEqual(
      [...application.byModel.values()].map(({ requests }) => requests),
      [3],
    );
    const sent = Buffer.concat(destination.accepted).toString();
    for (const text of ['gen_ai.usage.input_tokens', '"helpdesk"', 'gen_ai.usage.cost']) assert.ok(sent.includes(text), text);
  });
});

describe('the sink', () => {
  it('counts spans, and refuses what is no request', async (test) => {
    const sink = new Sink();
    test.after(() => sink.close());
    const url = `${await sink.open()}/v1/traces`;
    const headers = { 'content-type': 'application/json' };
    const body = '{"resourceSpans":[{"scopeSpans":[{"spans":[{},{}]}]}]}';
    assert.equal((await send(url, body, { headers })).status, 200);
    assert.equal((await send(url, 'broken', { headers })).status, 400);
    assert.equal(sink.spans, 2);
  });
});

describe('telling', () => {
  it('says every few seconds what is new, until it is told to stop', async () => {
    const lines: string[] = [];
    let requests = 0;
    const read = async (): Promise<ByModel> => {
      requests += 5;
      return new Map([['m', { ...NOTHING, requests, cost: BigInt(requests) * 10n ** 11n }]]);
    };
    const stop = new AbortController();
    const write = (line: string) => void lines.push(line);
    const told = tell({ read, forwarded: () => requests * 2, write, everySeconds: 0.02 }, stop.signal);
    await until('two lines', () => lines.length >= 2);
    stop.abort();
    await told;
    const line = 'last 0.02 s: 5 requests  $0.5  top: m $0.5  errors 0  cost unknown 0  forwarded: 10 spans';
    assert.deepEqual(lines.slice(0, 2), [line, line]);
  });
});
