/** Picks the format of a metrics page from what a client says that it takes. */

export type Format = 'text-0.0.4' | 'text-1.0.0' | 'openmetrics-0.0.1' | 'openmetrics-1.0.0';

/** Names are valid in every escaping scheme, so the one that changes nothing is always the one that is answered. */
export const CONTENT_TYPE: Readonly<Record<Format, string>> = {
  'text-0.0.4': 'text/plain; version=0.0.4; charset=utf-8',
  'text-1.0.0': 'text/plain; version=1.0.0; charset=utf-8; escaping=underscores',
  'openmetrics-0.0.1': 'application/openmetrics-text; version=0.0.1; charset=utf-8',
  'openmetrics-1.0.0': 'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores',
};

/** By media type and version; a client that names no version means the oldest. */
const FORMAT_BY_RANGE: ReadonlyMap<string, Format> = new Map([
  ['application/openmetrics-text 1.0.0', 'openmetrics-1.0.0'],
  ['application/openmetrics-text 0.0.1', 'openmetrics-0.0.1'],
  ['application/openmetrics-text ', 'openmetrics-0.0.1'],
  ['text/plain 1.0.0', 'text-1.0.0'],
  ['text/plain 0.0.4', 'text-0.0.4'],
  ['text/plain ', 'text-0.0.4'],
  ['text/* ', 'text-0.0.4'],
  ['*/* ', 'text-0.0.4'],
]);

export function isOpenMetrics(format: Format): boolean {
  return format.startsWith('openmetrics');
}

/** The range with the highest q that names a format we may speak, the first of equals; else text 0.0.4, never a refusal. */
export function negotiateFormat(accept: string | undefined, openMetrics: boolean): Format {
  const wanted = (accept ?? '').split(',').flatMap((range) => {
    const { name, parameters, q } = parseRange(range);
    const format = FORMAT_BY_RANGE.get(`${name} ${parameters.get('version') ?? ''}`);
    const spoken = format !== undefined && (openMetrics || !isOpenMetrics(format));
    return spoken && q > 0 ? [{ format, q }] : [];
  });
  const [best] = wanted.toSorted((left, right) => right.q - left.q);
  return best?.format ?? 'text-0.0.4';
}

export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const ranges = (acceptEncoding ?? '').split(',').map(parseRange);
  const named = ranges.find(({ name }) => name === 'gzip') ?? ranges.find(({ name }) => name === '*');
  return named !== undefined && named.q > 0;
}

type Range = Readonly<{ name: string; parameters: ReadonlyMap<string, string>; q: number }>;

function parseRange(text: string): Range {
  const [name = '', ...rest] = text.split(';').map((part) => part.trim().toLowerCase());
  const parameters = new Map<string, string>();
  for (const parameter of rest) {
    const [key = '', value = ''] = parameter.split('=');
    parameters.set(key.trim(), value.trim().replace(/^"(.*)"$/, '$1'));
  }
  const q = Number(parameters.get('q') ?? 1);
  return { name, parameters, q: q >= 0 && q <= 1 ? q : 0 };
}
