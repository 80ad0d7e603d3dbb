/** The messages of an OTLP trace export, with the names that their fields have in OTLP/JSON. */
import type { ResourceSpans } from '../../data/batch.ts';
import { enumeration, FLAGS, ID, TEXT, TIME, UINT32 } from './form.ts';
import { KEY_VALUE } from './key-value.ts';
import { Message } from './message.ts';

const SPAN_KIND = enumeration('SPAN_KIND_', ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER']);
const STATUS_CODE = enumeration('STATUS_CODE_', ['UNSET', 'OK', 'ERROR']);

const EVENT = new Message('event', {
  timeUnixNano: [1, TIME],
  name: [2, TEXT],
  attributes: [3, KEY_VALUE, 'list'],
  droppedAttributesCount: [4, UINT32],
});

const LINK = new Message('link', {
  traceId: [1, ID],
  spanId: [2, ID],
  traceState: [3, TEXT],
  attributes: [4, KEY_VALUE, 'list'],
  droppedAttributesCount: [5, UINT32],
  flags: [6, FLAGS],
});

const STATUS = new Message('status', { message: [2, TEXT], code: [3, STATUS_CODE] });

const SPAN = new Message('span', {
  traceId: [1, ID],
  spanId: [2, ID],
  traceState: [3, TEXT],
  parentSpanId: [4, ID],
  name: [5, TEXT],
  kind: [6, SPAN_KIND],
  startTimeUnixNano: [7, TIME],
  endTimeUnixNano: [8, TIME],
  attributes: [9, KEY_VALUE, 'list'],
  droppedAttributesCount: [10, UINT32],
  events: [11, EVENT, 'list'],
  droppedEventsCount: [12, UINT32],
  links: [13, LINK, 'list'],
  droppedLinksCount: [14, UINT32],
  status: [15, STATUS],
  flags: [16, FLAGS],
});

const SCOPE = new Message('scope', {
  name: [1, TEXT],
  version: [2, TEXT],
  attributes: [3, KEY_VALUE, 'list'],
  droppedAttributesCount: [4, UINT32],
});

const SCOPE_SPANS = new Message('scopeSpans', { scope: [1, SCOPE], spans: [2, SPAN, 'list'], schemaUrl: [3, TEXT] });

const ENTITY_REF = new Message('entityRef', {
  schemaUrl: [1, TEXT],
  type: [2, TEXT],
  idKeys: [3, TEXT, 'list'],
  descriptionKeys: [4, TEXT, 'list'],
});

const RESOURCE = new Message('resource', {
  attributes: [1, KEY_VALUE, 'list'],
  droppedAttributesCount: [2, UINT32],
  entityRefs: [3, ENTITY_REF, 'list'],
});

const RESOURCE_SPANS = new Message('resourceSpans', {
  resource: [1, RESOURCE],
  scopeSpans: [2, SCOPE_SPANS, 'list'],
  schemaUrl: [3, TEXT],
});

type TracesRequest = Readonly<{ resourceSpans?: readonly ResourceSpans[] }>;

export const TRACES_REQUEST = new Message<TracesRequest>('request', { resourceSpans: [1, RESOURCE_SPANS, 'list'] });
