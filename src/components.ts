/** Everything built in; the only list there is. */
import type { Definition } from './component/define.ts';
import { genaiConnector } from './connectors/genai/index.ts';
import { debugExporter } from './exporters/debug/index.ts';
import { fileExporter } from './exporters/file/index.ts';
import { otlpHttpExporter } from './exporters/otlp-http/index.ts';
import { prometheusExporter } from './exporters/prometheus.ts';
import { basicauthExtension } from './extensions/basicauth/index.ts';
import { bearertokenauthExtension } from './extensions/bearertokenauth.ts';
import { fileStorageExtension } from './extensions/file-storage.ts';
import { healthCheckExtension } from './extensions/health-check/index.ts';
import { attributesProcessor } from './processors/attributes/index.ts';
import { batchProcessor } from './processors/batch.ts';
import { memoryLimiterProcessor } from './processors/memory-limiter.ts';
import { redactContentProcessor } from './processors/redact-content.ts';
import { resourceProcessor } from './processors/resource.ts';
import { otlpReceiver } from './receivers/otlp/index.ts';

export const COMPONENTS: readonly Definition[] = [
  otlpReceiver,
  redactContentProcessor,
  attributesProcessor,
  resourceProcessor,
  memoryLimiterProcessor,
  batchProcessor,
  genaiConnector,
  debugExporter,
  fileExporter,
  otlpHttpExporter,
  prometheusExporter,
  bearertokenauthExtension,
  basicauthExtension,
  fileStorageExtension,
  healthCheckExtension,
];
