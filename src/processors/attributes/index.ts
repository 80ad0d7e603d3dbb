/** Inserts, changes, hashes and deletes attributes of the spans that it is for. */
import { z } from 'zod';
import { defineProcessor } from '../../component/define.ts';
import { attributeActions } from '../../config/attribute-actions.ts';
import { act } from '../../data/attribute-action.ts';
import { mapAttributes } from '../../data/attributes.ts';
import { mapSpans, type SpanInContext } from '../../data/spans.ts';
import { spanMatch } from './span-match.ts';

const Config = z.strictObject({
  actions: attributeActions().describe('What to do, in this order.'),
  include: spanMatch().optional().describe('Spans to act on; unset: all.'),
  exclude: spanMatch().optional().describe('Of these, spans to leave as they are.'),
});

export const attributesProcessor = defineProcessor({
  type: 'attributes',
  summary: 'Inserts, changes, hashes and deletes attributes of spans.',
  signals: ['traces'],
  config: Config,
  example:
    'actions:\n  - { key: user.id, action: hash }\n  - { key: env, action: insert, value: prod }\n  - { pattern: "^http\\\\.request\\\\.header\\\\.", action: delete }',
  removes: ({ actions }) =>
    actions.flatMap((action, index) =>
      action.action === 'delete' ? [{ path: ['actions', index], from: 'span' as const, chosen: action.chosen }] : [],
    ),
  create: ({ actions, include, exclude }) => {
    const isMeant = (one: SpanInContext) => include?.(one) !== false && exclude?.(one) !== true;
    return (batch) =>
      mapSpans(batch, (one) =>
        isMeant(one) ? mapAttributes(one.span, (attributes) => actions.reduce(act, attributes)) : one.span,
      );
  },
});
