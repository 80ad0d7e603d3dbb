/** Bytes of a request to its batch, beside JSON.parse alone; and protobuf back to bytes. */
import { bench, do_not_optimize as keep, summary } from 'mitata';
import { spansOf } from '../../src/data/spans.ts';
import { decodeTraces } from '../../src/otlp/codec.ts';
import { encodeTracesProtobuf } from '../../src/otlp/protobuf/encode.ts';
import { BODIES } from '../bodies.ts';
import { requestsOf } from './requests.ts';

export function decode(): undefined {
  for (const body of BODIES) {
    const bytes = requestsOf(body).next();
    const encoding = body.mediaType === 'application/json' ? 'json' : 'protobuf';
    summary(() => {
      bench(`decode ${body.name}`, () => {
        for (const { span } of spansOf(decodeTraces({ encoding, bytes }).batch)) keep(span.attributes);
      });
      if (encoding === 'json') bench(`JSON.parse ${body.name}`, () => keep(JSON.parse(bytes.toString())));
      else {
        const { resources } = decodeTraces({ encoding, bytes }).batch;
        bench(`encode ${body.name}`, () => keep(encodeTracesProtobuf({ signal: 'traces', resources })));
      }
    });
  }
}
