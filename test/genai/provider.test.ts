/** Who served, who made, on whose key: the serving provider is not the author of the model. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  attributes,
  callIn,
  foreignCall,
  OPENROUTER,
  openRouterCall,
  openRouterSpan,
  read,
  type Values,
} from '../helpers/model-calls.ts';

const OR = 'trace.metadata.openrouter.';

function responses(...items: readonly unknown[]): Values {
  return { 'trace.metadata.provider_responses': JSON.stringify(items) };
}

describe('the serving provider of OpenRouter', () => {
  const author = { 'gen_ai.provider.name': 'anthropic', 'gen_ai.system': 'anthropic' };
  const tried = responses(
    { provider_name: 'A', status: 200 },
    { provider_name: 'B', status: 204 },
    { provider_name: 'C', status: 429 },
  );
  const cases: readonly [string, Values, string | undefined][] = [
    ['is named', { ...author, [`${OR}provider_name`]: 'Amazon Bedrock' }, 'Amazon Bedrock'],
    ['is named in the older form', { 'openrouter.provider_name': 'OpenAI' }, 'OpenAI'],
    ['is the last that answered well', { ...author, ...tried, [`${OR}provider_slug`]: 'd' }, 'B'],
    ['is the slug up to its region', { ...author, [`${OR}provider_slug`]: 'amazon-bedrock/global' }, 'amazon-bedrock'],
    ['is never the author', author, undefined],
    ['is never what a caller wrote', { 'span.metadata.openrouter.provider_name': 'spoofed' }, undefined],
    ['is none of a list that cannot be read', { 'trace.metadata.provider_responses': '[{' }, undefined],
    ['is none of a list of something else', responses(null, 7, 'x', { status: '200', provider_name: 'A' }), undefined],
  ];
  for (const [name, values, expected] of cases) it(name, () => assert.equal(openRouterCall(values).provider, expected));

  it('is the last of two with one key: a caller cannot take the place of the system', () => {
    const one = openRouterSpan();
    const doubled = [
      ...attributes({ [`${OR}provider_name`]: 'spoofed' }),
      ...(one.attributes ?? []),
      ...attributes({ [`${OR}provider_name`]: 'OpenAI' }),
    ];
    assert.equal(callIn(read([{ ...one, attributes: doubled }], OPENROUTER)).provider, 'OpenAI');
  });

  it('is unknown if the last of two is empty', () => {
    const one = openRouterSpan({ [`${OR}provider_name`]: 'OpenAI' });
    const doubled = [...(one.attributes ?? []), { key: `${OR}provider_name` }];
    assert.equal(callIn(read([{ ...one, attributes: doubled }], OPENROUTER)).provider, undefined);
  });
});

describe('whether a request fell back', () => {
  const cases: readonly [string, Values, string][] = [
    ['is so if an attempt failed', responses({ status: 429 }, { status: 200 }), 'true'],
    ['is not so if none did', responses({ status: 200 }), 'false'],
    ['is not so if none was made', responses(), 'false'],
    ['is unknown without a list', {}, 'unknown'],
    ['is unknown with something else', { 'trace.metadata.provider_responses': '{"status":429}' }, 'unknown'],
  ];
  for (const [name, values, expected] of cases) it(name, () => assert.equal(openRouterCall(values).fallback, expected));
});

describe('the author of the model', () => {
  const cases: readonly [string, Values, string | undefined][] = [
    ['is named', { 'gen_ai.provider.name': 'anthropic', 'gen_ai.system': 'old' }, 'anthropic'],
    ['is named in the old convention', { 'gen_ai.system': 'anthropic' }, 'anthropic'],
    ['is the front of the model', { 'gen_ai.response.model': 'meta-llama/llama-4' }, 'meta-llama'],
    ['is unknown otherwise', { 'gen_ai.request.model': 'gpt', [`${OR}provider_name`]: 'OpenAI' }, undefined],
  ];
  for (const [name, values, expected] of cases) it(name, () => assert.equal(openRouterCall(values).author, expected));
});

describe('of another emitter', () => {
  const cases: readonly [string, Values, string | undefined, string | undefined][] = [
    ['provider and author are as the convention says', { 'gen_ai.provider.name': 'openai' }, 'openai', 'openai'],
    ['the host is the provider before the system', { 'llm.provider': 'azure', 'llm.system': 'openai' }, 'azure', 'azure'],
    ['the name of a framework is neither', { 'gen_ai.system': 'strands-agents' }, undefined, undefined],
    [
      'the name of a framework gives way',
      { 'gen_ai.system': 'gcp.vertex.agent', 'llm.system': 'vertexai' },
      'vertexai',
      'vertexai',
    ],
    [
      'the front of the model is the author',
      { 'gen_ai.request.model': 'openai/gpt', 'llm.provider': 'azure' },
      'azure',
      'openai',
    ],
  ];
  for (const [name, values, provider, author] of cases) {
    it(name, () => {
      const call = foreignCall(values);
      assert.deepEqual([call.provider, call.author], [provider, author]);
    });
  }
});

describe('the model', () => {
  it('is what answered before what was asked for', () => {
    const { model, requestModel, responseModel } = openRouterCall({ 'gen_ai.response.model': 'openai/gpt-5.1-2026' });
    assert.deepEqual([model, requestModel, responseModel], ['openai/gpt-5.1-2026', 'openai/gpt-5.1', 'openai/gpt-5.1-2026']);
    assert.equal(openRouterCall().model, 'openai/gpt-5.1');
  });
});

describe('the key', () => {
  it('is the label of the account, in either form', () => {
    assert.equal(openRouterCall({ [`${OR}api_key_name`]: 'prod' }).apiKey, 'prod');
    assert.equal(openRouterCall({ 'openrouter.api_key_name': 'prod' }).apiKey, 'prod');
    assert.equal(openRouterCall().apiKey, undefined);
  });
});
