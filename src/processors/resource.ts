/** Inserts, changes, hashes and deletes attributes of resources. */
import { z } from 'zod';
import { defineProcessor } from '../component/define.ts';
import { attributeActions } from '../config/attribute-actions.ts';
import { act } from '../data/attribute-action.ts';
import { mapAttributes } from '../data/attributes.ts';
import { mapResources } from '../data/spans.ts';

const Config = z.strictObject({ attributes: attributeActions().describe('What to do, in this order.') });

export const resourceProcessor = defineProcessor({
  type: 'resource',
  summary: 'Inserts, changes, hashes and deletes attributes of resources.',
  signals: ['traces'],
  config: Config,
  example: 'attributes:\n  - { key: deployment.environment.name, action: upsert, value: prod }',
  removes: ({ attributes }) =>
    attributes.flatMap((action, index) =>
      action.action === 'delete' ? [{ path: ['attributes', index], from: 'resource' as const, chosen: action.chosen }] : [],
    ),
  create:
    ({ attributes: actions }) =>
    (batch) =>
      mapResources(batch, (resource) => mapAttributes(resource, (attributes) => actions.reduce(act, attributes))),
});
