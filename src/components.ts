/** Everything built in; the only list there is. */
import type { Definition } from './component/define.ts';
import { genaiConnector } from './connectors/genai/index.ts';
import { otlpHttpExporter } from './exporters/otlp-http/index.ts';
import { prometheusExporter } from './exporters/prometheus.ts';
import { basicauthExtension } from './extensions/basicauth.ts';
import { bearertokenauthExtension } from './extensions/bearertokenauth.ts';
import { fileStorageExtension } from './extensions/file-storage.ts';
import { otlpReceiver } from './receivers/otlp/index.ts';

export const COMPONENTS: readonly Definition[] = [
  otlpReceiver,
  genaiConnector,
  otlpHttpExporter,
  prometheusExporter,
  bearertokenauthExtension,
  basicauthExtension,
  fileStorageExtension,
];
