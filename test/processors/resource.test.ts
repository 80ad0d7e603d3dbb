/** Attributes of resources change, and nothing else does. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resourceProcessor } from '../../src/processors/resource.ts';
import { faultsOf } from '../helpers/component.ts';
import { attributesOf, batchWith, processorFrom, spansIn } from '../helpers/processing.ts';

const SPANS = [{ name: 'a', attributes: attributesOf({ region: 'of the span' }) }];

describe('processor resource', () => {
  it('does its actions in order on every resource', () => {
    const processor = processorFrom(
      resourceProcessor,
      `attributes:
  - { key: deployment.environment.name, action: upsert, value: prod }
  - { key: region, action: hash }
  - { pattern: ^host, action: delete }
`,
    );
    const batch = batchWith(SPANS, { resource: { attributes: attributesOf({ region: 'eu', 'host.name': 'a', other: 'x' }) } });
    const processed = processor(batch);
    assert.ok(processed?.signal === 'traces');
    assert.deepEqual(
      processed.resources[0]?.resource?.attributes,
      attributesOf({
        region: '4d0282941aaf2d694ddaa24fca75e503c73ab16fff3884cac12f39f882bc60cb',
        other: 'x',
        'deployment.environment.name': 'prod',
      }),
    );
    assert.equal(spansIn(processed)[0], SPANS[0]);
    assert.equal(processed.encoded, undefined);
  });

  it('makes a resource where there is none', () => {
    const processed = processorFrom(resourceProcessor, 'attributes: [{ key: env, action: insert, value: x }]')(batchWith(SPANS));
    assert.ok(processed?.signal === 'traces');
    assert.deepEqual(processed.resources[0]?.resource, { attributes: attributesOf({ env: 'x' }) });
  });

  it('gives the same batch back when there is nothing to do', () => {
    const processor = processorFrom(resourceProcessor, 'attributes: [{ key: env, action: delete }]');
    for (const batch of [batchWith(SPANS), batchWith([], { resource: {} }), batchWith(SPANS, { resource: { attributes: [] } })]) {
      assert.equal(processor(batch), batch);
    }
  });

  it('is for all resources: it takes no conditions', () => {
    const [fault] = faultsOf(
      resourceProcessor.config,
      'attributes: [{ key: a, action: hash }]\ninclude: { match_type: strict, services: [a] }',
    );
    assert.equal(fault?.code, 'unknown_key');
  });
});
