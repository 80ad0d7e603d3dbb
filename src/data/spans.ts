/** Walks the spans of a batch and rebuilds a batch around the spans that stay. */
import type { Batch, Resource, ResourceSpans, Scope, ScopeSpans, Span } from './batch.ts';

/** A span with what it inherits from its envelope. */
export type SpanInContext = Readonly<{ span: Span; resource: Resource | undefined; scope: Scope | undefined }>;

export function* spansOf(batch: Batch<'traces'>): Generator<SpanInContext> {
  for (const { resource, scopeSpans = [] } of batch.resources) {
    for (const { scope, spans = [] } of scopeSpans) {
      for (const span of spans) yield { span, resource, scope };
    }
  }
}

export function spanCount(batch: Batch<'traces'>): number {
  let count = 0;
  for (const { scopeSpans = [] } of batch.resources) {
    for (const { spans = [] } of scopeSpans) count += spans.length;
  }
  return count;
}

/** The batch itself when every span stays, undefined when none does; envelopes left without spans go too. */
export function filterSpans(batch: Batch<'traces'>, keep: (span: Span) => boolean): Batch<'traces'> | undefined {
  let changed = false;
  const resources: ResourceSpans[] = [];
  for (const resource of batch.resources) {
    const scopes: ScopeSpans[] = [];
    let resourceChanged = false;
    for (const scope of resource.scopeSpans ?? []) {
      const spans = (scope.spans ?? []).filter(keep);
      if (spans.length === (scope.spans ?? []).length) {
        scopes.push(scope);
      } else {
        resourceChanged = true;
        if (spans.length > 0) scopes.push({ ...scope, spans });
      }
    }
    changed ||= resourceChanged;
    if (!resourceChanged) resources.push(resource);
    else if (scopes.length > 0) resources.push({ ...resource, scopeSpans: scopes });
  }
  if (!changed) return batch;
  return resources.length > 0 ? { signal: 'traces', resources } : undefined;
}
