/** Walks the spans of a batch and rebuilds a batch around the spans that stay. */
import type { Batch, Encoding, Resource, ResourceSpans, Scope, ScopeSpans, Span } from './batch.ts';
import { mapItems } from './map-items.ts';

/** A span with what it inherits from its envelope. */
export type SpanInContext = Readonly<{ span: Span; resource: Resource | undefined; scope: Scope | undefined }>;

/** In order. A list: a generator would cost several times as much for every span that arrives. */
export function spansOf(batch: Batch<'traces'>): readonly SpanInContext[] {
  const all: SpanInContext[] = [];
  for (const { resource, scopeSpans = [] } of batch.resources) {
    for (const { scope, spans = [] } of scopeSpans) {
      for (const span of spans) all.push({ span, resource, scope });
    }
  }
  return all;
}

export function spanCount(batch: Batch<'traces'>): number {
  let count = 0;
  for (const { scopeSpans = [] } of batch.resources) {
    for (const { spans = [] } of scopeSpans) count += spans.length;
  }
  return count;
}

/** Spans of traces; of a signal that is only carried, its envelopes. */
export function itemCount(batch: Batch): number {
  return batch.signal === 'traces' ? spanCount(batch) : batch.resources.length;
}

/** The batch itself when every span stays, undefined when none does; of a changed batch, envelopes without spans go too. */
export function filterSpans(batch: Batch<'traces'>, keep: (span: Span) => boolean): Batch<'traces'> | undefined {
  const resources = batch.resources.map((resource) => filterResource(resource, keep));
  if (resources.every((resource, index) => resource === batch.resources[index])) return batch;
  const filled = resources.filter(({ scopeSpans = [] }) => scopeSpans.some(({ spans = [] }) => spans.length > 0));
  return filled.length > 0 ? rebuilt(batch, filled) : undefined;
}

function filterResource(resource: ResourceSpans, keep: (span: Span) => boolean): ResourceSpans {
  const scopes = (resource.scopeSpans ?? []).map((scope) => filterScope(scope, keep));
  if (scopes.every((scope, index) => scope === resource.scopeSpans?.[index])) return resource;
  return { ...resource, scopeSpans: scopes.filter(({ spans = [] }) => spans.length > 0) };
}

function filterScope(scope: ScopeSpans, keep: (span: Span) => boolean): ScopeSpans {
  const spans = (scope.spans ?? []).filter(keep);
  return spans.length === (scope.spans ?? []).length ? scope : { ...scope, spans };
}

/** The batch itself when every span stays as it is, or there are none because it is of another signal. */
export function mapSpans(batch: Batch, change: (one: SpanInContext) => Span): Batch {
  return mapScopeSpans(batch, (scopeSpans, resource) => {
    const { scope, spans = [] } = scopeSpans;
    const changed = mapItems(spans, (span) => change({ span, resource, scope }));
    return changed === spans ? scopeSpans : { ...scopeSpans, spans: changed };
  });
}

/** The batch itself when every scope stays as it is; one that is absent has no attributes. */
export function mapScopes(batch: Batch, change: (scope: Scope) => Scope): Batch {
  return mapScopeSpans(batch, (scopeSpans) => {
    const { scope = {} } = scopeSpans;
    const changed = change(scope);
    return changed === scope ? scopeSpans : { ...scopeSpans, scope: changed };
  });
}

/** The batch itself when every resource stays as it is; one that is absent has no attributes. */
export function mapResources(batch: Batch, change: (resource: Resource) => Resource): Batch {
  return mapResourceSpans(batch, (resourceSpans) => {
    const { resource = {} } = resourceSpans;
    const changed = change(resource);
    return changed === resource ? resourceSpans : { ...resourceSpans, resource: changed };
  });
}

function mapScopeSpans(batch: Batch, change: (scopeSpans: ScopeSpans, resource: Resource | undefined) => ScopeSpans): Batch {
  return mapResourceSpans(batch, (resourceSpans) => {
    const { resource, scopeSpans = [] } = resourceSpans;
    const changed = mapItems(scopeSpans, (one) => change(one, resource));
    return changed === scopeSpans ? resourceSpans : { ...resourceSpans, scopeSpans: changed };
  });
}

function mapResourceSpans(batch: Batch, change: (resourceSpans: ResourceSpans) => ResourceSpans): Batch {
  if (batch.signal !== 'traces') return batch;
  const { resources } = batch;
  const changed = mapItems(resources, change);
  return changed === resources ? batch : rebuilt(batch, changed);
}

export function encodingOf({ encoded, encoding = 'json' }: Batch): Encoding {
  return encoded?.encoding ?? encoding;
}

/** What has changed is no longer what its bytes say. */
function rebuilt(batch: Batch<'traces'>, resources: readonly ResourceSpans[]): Batch<'traces'> {
  const encoding = encodingOf(batch);
  return { signal: 'traces', resources, ...(encoding !== 'json' && { encoding }) };
}
