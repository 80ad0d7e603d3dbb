/** The config of a daemon that was given none: it meters on loopback and forwards nothing. */

export const BUILT_IN_NAME = 'built-in config';

export const BUILT_IN_CONFIG = `
receivers:
  otlp:
    protocols:
      http:
connectors:
  genai:
exporters:
  prometheus:
service:
  pipelines:
    traces: { receivers: [otlp], exporters: [genai] }
    metrics: { receivers: [genai], exporters: [prometheus] }
`;
