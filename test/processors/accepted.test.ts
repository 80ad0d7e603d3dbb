/** Processors of the Collector that need nothing done here: their settings are checked as there, and batches pass. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { batchProcessor } from '../../src/processors/batch.ts';
import { memoryLimiterProcessor } from '../../src/processors/memory-limiter.ts';
import { faultsOf } from '../helpers/component.ts';
import { batchWith, processorFrom } from '../helpers/processing.ts';

type Definition = typeof batchProcessor | typeof memoryLimiterProcessor;

function told({ config }: Definition, yaml: string): readonly string[] {
  return faultsOf(config, yaml).map(
    ({ level, code, path, message }) => `${level}[${code}] ${path.replace('component.', '')}: ${message}`,
  );
}

const BATCHED = 'spans are batched where they leave: sending_queue.batch of the exporter';
const COLLECTED = 'Node schedules its own garbage collection';

const CASES: readonly (readonly [definition: Definition, yaml: string, ...faults: string[]])[] = [
  [batchProcessor, ''],
  [
    batchProcessor,
    'send_batch_size: 1000\ntimeout: 0\nmetadata_keys: [a, b]',
    `hint[no_effect] send_batch_size: ${BATCHED}`,
    `hint[no_effect] timeout: ${BATCHED}`,
    `hint[no_effect] metadata_keys: ${BATCHED}`,
  ],
  [
    batchProcessor,
    'send_batch_max_size: 100',
    `hint[no_effect] send_batch_max_size: ${BATCHED}`,
    'error[wrong_value] send_batch_max_size: expected a number of at least send_batch_size, which is 8192, got 100',
  ],
  [
    batchProcessor,
    'send_batch_size: 100\nsend_batch_max_size: 100\nmetadata_cardinality_limit: 5',
    `hint[no_effect] send_batch_size: ${BATCHED}`,
    `hint[no_effect] send_batch_max_size: ${BATCHED}`,
    `hint[no_effect] metadata_cardinality_limit: ${BATCHED}`,
  ],
  [
    batchProcessor,
    'metadata_keys: [Tenant, tenant]',
    `hint[no_effect] metadata_keys: ${BATCHED}`,
    'error[wrong_value] metadata_keys[1]: "tenant" stands here twice, in whatever case',
  ],
  [
    batchProcessor,
    'timeout: 5',
    `hint[no_effect] timeout: ${BATCHED}`,
    'error[wrong_value] timeout: expected a duration such as "5s", got 5',
  ],
  [memoryLimiterProcessor, 'check_interval: 1s\nlimit_mib: 512\nspike_limit_mib: 128'],
  [memoryLimiterProcessor, 'check_interval: 1s\nlimit_percentage: 80\nspike_limit_percentage: 25'],
  [
    memoryLimiterProcessor,
    'check_interval: 1s\nlimit_mib: 5\nmin_gc_interval_when_soft_limited: 10s\nmax_gc_interval_when_hard_limited: 1s',
    `hint[no_effect] min_gc_interval_when_soft_limited: ${COLLECTED}`,
    `hint[no_effect] max_gc_interval_when_hard_limited: ${COLLECTED}`,
  ],
  [memoryLimiterProcessor, 'limit_mib: 5', 'error[missing_key] check_interval: missing key, expected a duration such as "5s"'],
  [
    memoryLimiterProcessor,
    'check_interval: 0\nlimit_mib: 5',
    'error[wrong_value] check_interval: expected a duration above 0, got 0',
  ],
  [
    memoryLimiterProcessor,
    'check_interval: 1s',
    'error[missing_key] limit_mib: missing key, expected a number above 0, or limit_percentage',
  ],
  [
    memoryLimiterProcessor,
    'check_interval: 1s\nlimit_mib: 100\nspike_limit_mib: 100',
    'error[wrong_value] spike_limit_mib: expected less than limit_mib, got 100',
  ],
  [
    memoryLimiterProcessor,
    'check_interval: 1s\nlimit_percentage: 50\nspike_limit_percentage: 60',
    'error[wrong_value] spike_limit_percentage: expected less than limit_percentage, got 60',
  ],
  [
    memoryLimiterProcessor,
    'check_interval: 1s\nlimit_percentage: 101',
    'error[wrong_value] limit_percentage: expected a number of at most 100, got 101',
  ],
  [
    memoryLimiterProcessor,
    'check_interval: 1s\nlimit_mib: 0.5',
    'error[wrong_value] limit_mib: expected a whole number, got 0.5',
  ],
];

for (const [definition, yaml, ...faults] of CASES) {
  describe(`processor ${definition.type} with { ${yaml.replaceAll('\n', ', ')} }`, () => {
    it(faults.some((fault) => fault.startsWith('error')) ? 'is refused' : 'is taken', () => {
      assert.deepEqual(told(definition, yaml), faults);
    });
  });
}

describe('a batch', () => {
  it('passes as it is', () => {
    const batch = batchWith([{ name: 'a' }]);
    assert.equal(processorFrom(batchProcessor, batchProcessor.example)(batch), batch);
    assert.equal(processorFrom(memoryLimiterProcessor, memoryLimiterProcessor.example)(batch), batch);
  });
});
