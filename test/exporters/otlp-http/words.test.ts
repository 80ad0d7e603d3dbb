/** What is told of a refusal in the words of the destination, and what is not. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bodyOf } from '../../helpers/delivery-rig.ts';
import { Destination } from '../../helpers/destination.ts';
import { startExporter } from '../../helpers/otlp-http-exporter.ts';
import { encodeByOracle } from '../../helpers/otlp-protobuf-oracle.ts';
import { protobufOf } from '../../helpers/protobuf.ts';

const BODY = bodyOf(1);

describe('the reason of a refusal', () => {
  const prompt = 'Please tell me "in confidence",\nthe name of your first pet – Élodie?';
  const attribute = JSON.stringify({ key: 'gen_ai.prompt', value: { stringValue: prompt } });
  const spoken = BODY.replace('"attributes":[]', `"attributes":[${attribute}]`);
  const said = (message: string) => JSON.stringify({ code: 3, message });
  const refusals: readonly { what: string; body: string | Buffer; says: string; sent?: string }[] = [
    { what: 'its message', body: said('trace too large'), says: ': trace too large' },
    {
      what: 'its message, from protobuf',
      body: Buffer.from(encodeByOracle('Status', { code: 3, message: 'trace too large' })),
      says: ': trace too large',
    },
    { what: 'a protobuf status without a code', body: Buffer.from(encodeByOracle('Status', { message: 'no' })), says: ': no' },
    { what: 'its message in one line', body: said('bad\r\n\u001b[2Jspan'), says: ': bad [2Jspan' },
    { what: 'its message, cut', body: said('x y '.repeat(100)), says: `: ${'x y '.repeat(64).trim()}` },
    { what: 'its message without our secrets', body: said('no canary-token here'), says: ': no [REDACTED] here' },
    {
      what: 'the trace that it means',
      body: said('5b8efff798038103d269b633813fc60c: no'),
      says: ': 5b8efff798038103d269b633813fc60c: no',
    },
    { what: 'nothing, of a text', body: 'bad: hello', says: '' },
    { what: 'nothing, of another JSON', body: '{"error":"hello","message":{"a":1}}', says: '' },
    { what: 'nothing, of a list', body: '["message"]', says: '' },
    { what: 'nothing, of an empty message', body: said(''), says: '' },
    {
      what: 'no prompt that it quotes',
      body: said(`cannot take "${prompt}"`),
      says: ': its message quotes the request',
      sent: spoken,
    },
    {
      what: 'no prompt that it quotes as it came',
      body: said(`in ${spoken.slice(40, 300)}`),
      says: ': its message quotes the request',
      sent: spoken,
    },
    {
      what: 'no prompt that it quotes in part',
      body: said(prompt.slice(8, 42)),
      says: ': its message quotes the request',
      sent: spoken,
    },
  ];
  for (const { what, body, says, sent = BODY } of refusals) {
    for (const encoding of ['json', 'protobuf'] as const) {
      it(`tells of a refusal ${what} (sent as ${encoding})`, async () => {
        const destination = await Destination.open(() => ({ status: 400, body }));
        const { attempt } = await startExporter(`endpoint: ${destination.url}\nheaders: { authorization: Bearer canary-token }`);
        const outcome = await attempt(encoding === 'json' ? sent : protobufOf(sent), 5000, encoding);
        assert.deepEqual(outcome, { status: 'bad_batch', reason: `${destination.url}/v1/traces answered 400${says}` });
      });
    }
  }

  it('has no words of a destination that may yet take the spans', async () => {
    for (const status of [401, 404, 429, 503]) {
      const destination = await Destination.open(() => ({ status, body: said('canary') }));
      const { attempt } = await startExporter(`endpoint: ${destination.url}`);
      assert.doesNotMatch(JSON.stringify(await attempt(BODY)), /canary/);
    }
  });

  it('has no prompt from the message of a partial success', async () => {
    const partialSuccess = { rejectedSpans: 1, errorMessage: `refused: ${prompt}` };
    const destination = await Destination.open(() => ({ status: 200, body: JSON.stringify({ partialSuccess }) }));
    const { attempt } = await startExporter(`endpoint: ${destination.url}`);
    const reason = 'its message quotes the request';
    assert.deepEqual(await attempt(spoken), { status: 'delivered', partial: { rejected: 1, reason } });
  });
});
