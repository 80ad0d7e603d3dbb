/** The config of a demo that was given none: it meters, and forwards to the demo itself alone. */

export const DEMO_NAME = 'demo config';

/** `sinkUrl`: where spans are forwarded to. */
export function demoConfig(sinkUrl: string): string {
  return `
receivers:
  otlp:
    protocols:
      http: { endpoint: 'localhost:4318' }
connectors:
  genai:
    dimensions: [trace.metadata.team]
exporters:
  prometheus: { endpoint: 'localhost:9464' }
  otlp_http/sink:
    endpoint: ${sinkUrl}
    compression: none
service:
  telemetry:
    logs: { level: error }
  pipelines:
    traces:  { receivers: [otlp],  exporters: [genai, otlp_http/sink] }
    metrics: { receivers: [genai], exporters: [prometheus] }
`;
}
