/** Component types of the Collector that are not built in, with what to do instead. */
import type { Section } from '../config/schema.ts';

const CUMULATIVE = 'figures are cumulative and current at every read';
const IN_PIPELINES = 'name receivers and exporters in the pipelines';
const IN_FRONT = 'run it in the Collector in front';
const BY_TOKEN = 'use bearertokenauth with filename';
const OVER_HTTP = 'only OTLP over HTTP is available yet: exporter otlp_http';
const NOT_YET = 'it is not available yet; attributes and resource change spans, redact_content removes prompts and answers';
const NO_SAMPLING = 'sampling is not available yet';
const GENAI = 'the connector that is available is genai';

const REASON_BY_TYPE: Readonly<Record<Section, Readonly<Record<string, string>>>> = {
  receivers: { kafka: 'the receiver that is available is otlp' },
  processors: {
    ...reasons(NOT_YET, 'filter', 'transform', 'redaction'),
    ...reasons(NO_SAMPLING, 'probabilistic_sampler', 'span_sampler', 'tail_sampling'),
    ...reasons('figures are cumulative already; remove it', 'deltatocumulative', 'delta_to_cumulative'),
    ...reasons(CUMULATIVE, 'cumulativetodelta', 'interval', 'groupbytrace', 'groupbyattrs'),
    ...reasons(IN_FRONT, 'k8sattributes', 'resourcedetection'),
    gen_ai_normalizer: 'the genai connector reads every known spelling',
    spanmetrics: 'it is a connector now',
  },
  connectors: {
    ...reasons(GENAI, 'signal_to_metrics', 'signaltometrics', 'span_metrics', 'spanmetrics', 'sum', 'count'),
    ...reasons(IN_PIPELINES, 'forward', 'routing', 'failover'),
    servicegraph: "Tempo's metrics-generator does it",
  },
  exporters: {
    ...reasons(OVER_HTTP, 'otlp_grpc', 'otlp', 'kafka'),
    ...reasons('scrape the prometheus exporter instead', 'prometheus_remote_write', 'prometheusremotewrite'),
    logging: 'it is debug now',
  },
  extensions: {
    ...reasons('not available yet', 'zpages'),
    ...reasons(BY_TOKEN, 'oidc', 'oauth2client', 'sigv4auth'),
    memory_limiter: 'use the processor; it refuses before the body is read',
    pprof: 'use node --inspect',
  },
};

/** Why a type that the Collector knows is refused here; undefined for a type that nobody knows. */
export function foreignReason(section: Section, type: string): string | undefined {
  const byType = REASON_BY_TYPE[section];
  return Object.hasOwn(byType, type) ? byType[type] : undefined;
}

function reasons(reason: string, ...types: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(types.map((type) => [type, reason]));
}
