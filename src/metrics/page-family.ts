/** Brings the families of all sources that carry one name together, so that no page shows a family twice. */
import type { MetricSource, PulledSource } from '../component/contract.ts';
import type { HistogramPoint, MetricFamily, ScalarPoint } from '../data/metric.ts';

type ScalarFamily = Exclude<MetricFamily, { kind: 'histogram' }>;
type HistogramFamily = Extract<MetricFamily, { kind: 'histogram' }>;

/** A point and where it comes from. */
export type Sourced<P> = Readonly<{ point: P; source: MetricSource; exemplars: boolean }>;

/** The points that share a label set, hence one place on the page. */
export type Series<P> = readonly [Sourced<P>, ...Sourced<P>[]];

type Member<F> = Readonly<{ family: F; pulled: PulledSource }>;

type Named = Readonly<{
  /** Without the suffix that the kind adds: the OpenMetrics family. */
  name: string;
  /** Of its samples, or what `_bucket`, `_sum` and `_count` are added to. */
  sampleName: string;
  help: string;
}>;

export type PageFamily = Named &
  (
    | Readonly<{ kind: ScalarFamily['kind']; members: Member<ScalarFamily>[] }>
    | Readonly<{ kind: 'histogram'; bounds: readonly bigint[]; members: Member<HistogramFamily>[] }>
  );

export type Naming = Readonly<{
  /** Put before every name, with `_` between; '' for none. */
  namespace: string;
  /** False: the OTLP name, nothing added. */
  suffixes: boolean;
}>;

const SUFFIX = { counter: '_total', info: '_info', gauge: '', histogram: '' } as const;

/** In the order of the sources. `clashes` names the families that cannot stand beside an earlier one and are left out. */
export function pageFamilies(
  sources: readonly PulledSource[],
  naming: Naming,
): Readonly<{ families: readonly PageFamily[]; clashes: readonly string[] }> {
  const familyByName = new Map<string, PageFamily>();
  const clashes: string[] = [];
  for (const pulled of sources) {
    for (const family of pulled.source.families) {
      const fresh = emptyFamily(family, naming);
      const page = familyByName.get(fresh.name) ?? fresh;
      if (join(page, family, pulled)) familyByName.set(page.name, page);
      else clashes.push(page.name);
    }
  }
  return { families: [...familyByName.values()], clashes };
}

function emptyFamily(family: MetricFamily, naming: Naming): PageFamily {
  const names = namesOf(family, naming);
  if (family.kind === 'histogram') return { ...names, help: family.help, kind: family.kind, bounds: family.bounds, members: [] };
  return { ...names, help: family.help, kind: family.kind, members: [] };
}

function namesOf({ name, otlpName, kind }: MetricFamily, { namespace, suffixes }: Naming): Omit<Named, 'help'> {
  const prefix = namespace === '' ? '' : `${namespace}_`;
  if (!suffixes) {
    const plain = prefix + otlpName.replace(/[^a-zA-Z0-9_:]/g, '_');
    return { name: plain, sampleName: plain };
  }
  const suffix = SUFFIX[kind];
  const bare = prefix + (suffix !== '' && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name);
  return { name: bare, sampleName: bare + suffix };
}

/** False if its points cannot be added to those of the family. */
function join(page: PageFamily, family: MetricFamily, pulled: PulledSource): boolean {
  if (page.kind === 'histogram') {
    if (family.kind !== 'histogram' || String(family.bounds) !== String(page.bounds)) return false;
    page.members.push({ family, pulled });
  } else {
    if (family.kind !== page.kind) return false;
    page.members.push({ family, pulled });
  }
  return true;
}

/**
 * The points of a family, those of one key together; without a key each is alone. Undefined stands for a moment of work
 * without a result, so that the caller can give the loop back.
 */
export function* seriesOf<P extends ScalarPoint | HistogramPoint>(
  members: readonly Member<Readonly<{ points(): Iterable<P> }>>[],
  keyOf: ((point: P) => string) | undefined,
): Generator<Series<P> | undefined> {
  if (keyOf === undefined) {
    for (const sourced of sourcedPoints(members)) yield [sourced];
    return;
  }
  const seriesByKey = new Map<string, [Sourced<P>, ...Sourced<P>[]]>();
  for (const sourced of sourcedPoints(members)) {
    const key = keyOf(sourced.point);
    const series = seriesByKey.get(key);
    if (series === undefined) seriesByKey.set(key, [sourced]);
    else series.push(sourced);
    yield undefined;
  }
  yield* seriesByKey.values();
}

function* sourcedPoints<P extends ScalarPoint | HistogramPoint>(
  members: readonly Member<Readonly<{ points(): Iterable<P> }>>[],
): Generator<Sourced<P>> {
  for (const { family, pulled } of members) for (const point of family.points()) yield { point, ...pulled };
}
