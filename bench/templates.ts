/** The requests of a job as a file that both senders read, so that they send the same. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Body } from './body.ts';
import type { IdPlaces } from './fresh-ids.ts';

/** Of every receiver here: who is measured does not matter to who sends. */
export const TOKEN = 'a'.repeat(32);

/** `name.bin` holds requests end to end, `name.txt` a line for each: its length, then kind, place and length of every id. */
export function writeTemplates(name: string, body: Body, seed: number, nowMs = Date.now()): readonly bigint[] {
  const templates = body.templates(seed, nowMs);
  const requests = templates.map((template) => {
    const head = headOf(body.mediaType, template.body.length);
    return { bytes: Buffer.concat([head, template.body]), ids: shifted(template.ids, head.length) };
  });
  writeFileSync(`${name}.bin`, Buffer.concat(requests.map(({ bytes }) => bytes)));
  const lines = requests.map(({ bytes, ids }) =>
    [bytes.length, ...ids.map(({ kind, at, length }) => `${kind}:${at}:${length}`)].join(' '),
  );
  writeFileSync(`${name}.txt`, `${lines.join('\n')}\n`);
  return templates.map(({ cost }) => cost);
}

export type Request = Readonly<{ bytes: Buffer; ids: IdPlaces }>;

export function readTemplates(name: string): readonly Request[] {
  const bytes = readFileSync(`${name}.bin`);
  let from = 0;
  return readFileSync(`${name}.txt`, 'latin1')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [length = '', ...ids] = line.split(' ');
      const request = bytes.subarray(from, from + Number(length));
      from += request.length;
      return { bytes: request, ids: ids.map(placeOf) };
    });
}

function placeOf(text: string): IdPlaces[number] {
  const [kind, at, length] = text.split(':');
  return { kind: kind as IdPlaces[number]['kind'], at: Number(at), length: Number(length) };
}

function shifted(ids: IdPlaces, by: number): IdPlaces {
  return ids.map(({ kind, at, length }) => ({ kind, at: at + by, length }));
}

export function requestOf(mediaType: string, body: Buffer): Buffer {
  return Buffer.concat([headOf(mediaType, body.length), body]);
}

function headOf(mediaType: string, length: number): Buffer {
  const lines = [
    'POST /v1/traces HTTP/1.1',
    'host: localhost',
    `content-type: ${mediaType}`,
    `authorization: Bearer ${TOKEN}`,
    `content-length: ${length}`,
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
}
