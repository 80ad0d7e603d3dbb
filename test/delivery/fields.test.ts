import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { deliveryFields, deliveryRemarks } from '../../src/delivery/fields.ts';
import { configOf, faultsOf } from '../helpers/component.ts';

const schema = z.strictObject(deliveryFields);

describe('delivery settings', () => {
  it("have the Collector's defaults, but never give up", () => {
    assert.deepEqual(configOf(schema, '{}'), {
      timeout: 30_000,
      retry_on_failure: {
        enabled: true,
        initial_interval: 5000,
        max_interval: 30_000,
        multiplier: 1.5,
        randomization_factor: 0.5,
        max_elapsed_time: 0,
      },
      sending_queue: { num_consumers: 10 },
    });
  });

  it('batch as the Collector does where a batch section is written', () => {
    const { sending_queue } = configOf(schema, 'sending_queue: { batch: {} }');
    assert.deepEqual(sending_queue.batch, { min_size: 8192, max_size: 0, sizer: 'items', flush_timeout: 200 });
  });

  for (const key of [
    'enabled: true',
    'queue_size: 1000',
    'sizer: requests',
    'block_on_overflow: true',
    'wait_for_result: false',
    'storage: file_storage',
  ]) {
    it(`take sending_queue.${key} with a hint`, () => {
      const faults = faultsOf(schema, `sending_queue: { ${key} }`);
      assert.deepEqual(
        faults.map(({ level, code }) => [level, code]),
        [['hint', 'no_effect']],
      );
    });
  }

  const refused = [
    { yaml: 'sending_queue: { batch: { partition: { metadata_keys: [a] } } }', code: 'unsupported' },
    { yaml: 'sending_queue: { num_consumers: 0 }', code: 'wrong_value' },
    { yaml: 'sending_queue: { batch: { min_size: 10, max_size: 5 } }', code: 'wrong_value' },
    { yaml: 'sending_queue: { batch: { sizer: requests } }', code: 'wrong_value' },
    { yaml: 'retry_on_failure: { multiplier: 0.5 }', code: 'wrong_value' },
    { yaml: 'retry_on_failure: { randomization_factor: 2 }', code: 'wrong_value' },
    { yaml: 'retry_on_failure: { max_tries: 2 }', code: 'unknown_key' },
    { yaml: 'timeout: 10', code: 'wrong_value' },
  ];
  for (const { yaml, code } of refused) {
    it(`refuse ${yaml}`, () =>
      assert.deepEqual(
        faultsOf(schema, yaml).map((fault) => [fault.level, fault.code]),
        [['error', code]],
      ));
  }

  const remarks = [
    { yaml: '{}', path: undefined, message: undefined },
    { yaml: 'retry_on_failure: { max_elapsed_time: 0s }', path: undefined, message: undefined },
    {
      yaml: 'retry_on_failure: { max_elapsed_time: 5m }',
      path: 'max_elapsed_time',
      message: /dead letters after 300s without success; remove the key/,
    },
    {
      yaml: 'retry_on_failure: { enabled: false }',
      path: 'enabled',
      message: /dead letters at the first failure; remove the key/,
    },
  ];
  for (const { yaml, path, message } of remarks) {
    it(`${path === undefined ? 'do not warn' : 'warn'} of lost spans for ${yaml}`, () => {
      const [remark] = deliveryRemarks(configOf(schema, yaml));
      assert.equal(remark?.path, path && `retry_on_failure.${path}`);
      if (message !== undefined) assert.match(remark?.message ?? '', message);
    });
  }
});
