/** Parses a metrics page by the letter of its format, independently of the code that writes it; throws where a scraper would. */
import assert from 'node:assert/strict';

export type Dialect = 'openmetrics' | 'text';
export type PageExemplar = Readonly<{ labels: ReadonlyMap<string, string>; value: string; seconds: string }>;
export type PageSample = Readonly<{
  name: string;
  labels: ReadonlyMap<string, string>;
  value: string;
  timestamp: string | undefined;
  exemplar: PageExemplar | undefined;
}>;
export type ParsedFamily = { name: string; type: string; help: string; unit: string | undefined; samples: PageSample[] };

const PLAIN_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d*[1-9])?$/;
const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*/;
const SUFFIXES_BY_TYPE: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total'],
  gauge: [''],
  info: ['_info'],
  histogram: ['_bucket', '_sum', '_count'],
};

export function parseStrictly(page: string, dialect: Dialect): readonly ParsedFamily[] {
  assert.ok(page === '' || page.endsWith('\n'), 'the last line ends');
  const lines = page.split('\n').slice(0, -1);
  if (dialect === 'openmetrics') assert.equal(lines.pop(), '# EOF', 'ends with # EOF');
  const families: ParsedFamily[] = [];
  for (const line of lines) {
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE|UNIT) (\S+) (.*)$/.exec(line) ?? [];
    if (keyword !== undefined) describeFamily(families, dialect, { keyword, name, rest });
    else addSample(families.at(-1), parseSample(line, dialect), dialect);
  }
  for (const family of families) checkFamily(family);
  const names = families.map(({ name }) => name);
  assert.deepEqual(names, [...new Set(names)], 'no family stands twice');
  return families;
}

function describeFamily(
  families: ParsedFamily[],
  dialect: Dialect,
  { keyword, name, rest }: { keyword: string; name: string; rest: string },
): void {
  assert.match(name, new RegExp(`${NAME.source}$`));
  if (keyword === 'HELP')
    families.push({ name, type: '', help: unescaped(rest, dialect === 'openmetrics'), unit: undefined, samples: [] });
  const family = families.at(-1);
  assert.ok(
    family?.name === name && family.samples.length === 0,
    `${keyword} ${name} stands with its family, before its samples`,
  );
  if (keyword === 'TYPE') {
    assert.equal(family.type, '', 'one TYPE per family');
    assert.ok(rest in SUFFIXES_BY_TYPE && (dialect === 'openmetrics' || rest !== 'info'), `type ${rest}`);
    family.type = rest;
  }
  if (keyword === 'UNIT') {
    assert.ok(dialect === 'openmetrics' && family.unit === undefined && name.endsWith(`_${rest}`), `unit ${rest} ends ${name}`);
    family.unit = rest;
  }
}

function addSample(family: ParsedFamily | undefined, sample: PageSample, dialect: Dialect): void {
  assert.ok(family, 'a sample has a family');
  const suffixes = dialect === 'text' && family.type !== 'histogram' ? [''] : (SUFFIXES_BY_TYPE[family.type] ?? []);
  assert.ok(
    suffixes.some((suffix) => sample.name === family.name + suffix),
    `${sample.name} belongs to ${family.name}`,
  );
  const mayHaveExemplar = dialect === 'openmetrics' && (family.type === 'counter' || sample.name.endsWith('_bucket'));
  assert.ok(sample.exemplar === undefined || mayHaveExemplar, 'exemplars on counters and buckets only');
  family.samples.push(sample);
}

function parseSample(line: string, dialect: Dialect): PageSample {
  const name = NAME.exec(line)?.[0];
  assert.ok(name, `a sample begins with its name: ${line}`);
  const { labels, rest } = parseLabels(line.slice(name.length));
  const [, value = '', timestamp, tail] = /^ (\S+)(?: (\d+(?:\.\d{3})?))?(?: # (.*))?$/s.exec(rest) ?? [];
  assert.match(value, PLAIN_NUMBER, `a plain decimal: ${line}`);
  assert.ok(tail === undefined || dialect === 'openmetrics', 'no exemplar in classic text');
  return { name, labels, value, timestamp, exemplar: tail === undefined ? undefined : parseExemplar(tail) };
}

function parseExemplar(text: string): PageExemplar {
  const { labels, rest } = parseLabels(text);
  const [, value = '', seconds = ''] = /^ (\S+) (\d+\.\d{3})$/.exec(rest) ?? [];
  assert.match(value, PLAIN_NUMBER);
  const runes = [...labels].flat().join('');
  assert.ok([...runes].length <= 128, 'labels of an exemplar have at most 128 characters');
  return { labels, value, seconds };
}

function parseLabels(text: string): { labels: ReadonlyMap<string, string>; rest: string } {
  const labels = new Map<string, string>();
  if (!text.startsWith('{')) return { labels, rest: text };
  let rest = text.slice(1);
  for (;;) {
    const name = LABEL_NAME.exec(rest)?.[0];
    assert.ok(name && !labels.has(name), `a new label name: ${rest}`);
    const [quoted, value = ''] = /^="((?:[^"\\]|\\.)*)"/s.exec(rest.slice(name.length)) ?? [];
    assert.ok(quoted, `a quoted value: ${rest}`);
    assert.notEqual(value, '', 'an empty label is no label');
    labels.set(name, unescaped(value, true));
    rest = rest.slice(name.length + quoted.length);
    if (rest.startsWith('}')) return { labels, rest: rest.slice(1) };
    assert.ok(rest.startsWith(','), `a comma or a brace: ${rest}`);
    rest = rest.slice(1);
  }
}

function unescaped(text: string, quotes: boolean): string {
  assert.ok(text.isWellFormed(), 'valid Unicode');
  return text.replace(/\\(.?)|"/g, (all, escaped) => {
    if (escaped === 'n') return '\n';
    assert.ok(escaped === '\\' || (quotes && escaped === '"') || (!quotes && all === '"'), `a known escape: ${text}`);
    return all === '"' ? '"' : escaped;
  });
}

function checkFamily({ name, type, samples }: ParsedFamily): void {
  assert.notEqual(type, '', `${name} has a type`);
  assert.notEqual(samples.length, 0, `${name} has samples`);
  const keys = samples.map((sample) => JSON.stringify([sample.name, [...sample.labels].toSorted()]));
  assert.equal(new Set(keys).size, keys.length, `${name}: no series stands twice`);
  if (type === 'counter')
    assert.ok(
      samples.every(({ value }) => !value.startsWith('-')),
      `${name}: no negative counter`,
    );
  if (type !== 'histogram') return;
  const groups = Map.groupBy(samples, ({ labels }) => JSON.stringify([...labels].filter(([label]) => label !== 'le').toSorted()));
  for (const group of groups.values()) checkHistogram(group);
}

/** Buckets in rising order, cumulative, up to +Inf, then sum and count, nothing in between. */
function checkHistogram(group: readonly PageSample[]): void {
  const buckets = group.slice(0, -2);
  const [sum, count] = group.slice(-2);
  assert.ok(sum?.name.endsWith('_sum'), 'the sum stands behind the buckets');
  assert.ok(count?.name.endsWith('_count'), 'the count stands last');
  assert.equal(buckets.at(-1)?.labels.get('le'), '+Inf');
  assert.equal(buckets.at(-1)?.value, count?.value);
  let below = { bound: Number.NEGATIVE_INFINITY, count: 0 };
  for (const { name, labels, value, exemplar } of buckets) {
    assert.ok(name.endsWith('_bucket'));
    const le = labels.get('le') ?? '';
    assert.match(le, /^(\d+\.\d+|\d(\.\d+)?e[+-]\d\d+|\+Inf)$/, 'le is spelled as Prometheus does');
    const bound = le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le);
    assert.ok(bound > below.bound && Number(value) >= below.count, 'bounds and counts rise');
    if (exemplar) assert.ok(Number(exemplar.value) <= bound && Number(exemplar.value) > below.bound, 'exemplar in its bucket');
    below = { bound, count: Number(value) };
  }
}
