/** How an encoding is called in a Content-Type. */
import type { Encoding } from '../data/batch.ts';

export const MEDIA_TYPE: Readonly<Record<Encoding, string>> = {
  json: 'application/json',
  protobuf: 'application/x-protobuf',
};

/** In any case, whatever its parameters; undefined for a media type that is not OTLP's. */
export function encodingOfMediaType(contentType = ''): Encoding | undefined {
  if (contentType === MEDIA_TYPE.json) return 'json';
  const [mediaType = ''] = contentType.split(';', 1);
  const name = mediaType.trim().toLowerCase();
  if (name === MEDIA_TYPE.json) return 'json';
  return name === MEDIA_TYPE.protobuf ? 'protobuf' : undefined;
}
