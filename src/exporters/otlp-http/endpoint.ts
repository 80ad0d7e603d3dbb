/** From what people write as an endpoint to the URL that requests go to. */
import { z } from 'zod';
import type { FaultParams } from '../../config/fields.ts';

type Endpoints = Readonly<{ endpoint?: string | undefined; traces_endpoint?: string | undefined }>;

/** http or https, without credentials, and not the address that people know from their browser. */
export function endpointUrl() {
  return z.string().superRefine((written, context) => {
    const url = URL.parse(written);
    if (USERINFO.test(written)) {
      // Not "expected …": the report would repeat the password.
      context.addIssue({ code: 'custom', message: 'user and password in a URL are not sent; use the extension basicauth' });
    } else if (url === null || !['http:', 'https:'].includes(url.protocol)) {
      context.addIssue({ code: 'custom', message: 'expected a URL such as "http://tempo:4318"' });
    } else if (url.hash !== '') {
      context.addIssue({ code: 'custom', message: `a "#" and what follows it is never sent; remove it` });
    } else if (url.hostname.endsWith('.grafana.net') && !url.hostname.startsWith(GRAFANA_GATEWAY)) {
      const params: FaultParams = { code: 'unsupported' };
      const message = `that is the dashboard; the gateway is ${GRAFANA_GATEWAY}<zone>.grafana.net/otlp`;
      context.addIssue({ code: 'custom', message, params });
    }
  });
}

/** `traces_endpoint` as it stands, else `endpoint` with the path that OTLP gives to traces. */
export function tracesUrl({ endpoint = '', traces_endpoint }: Endpoints): URL {
  if (traces_endpoint !== undefined) return new URL(traces_endpoint);
  const url = new URL(endpoint);
  const path = url.pathname.replace(/\/+$/, '').replace(/\/v1\/(traces|metrics|logs)$/, '');
  const base = path === '' && url.hostname.startsWith(GRAFANA_GATEWAY) ? '/otlp' : path;
  url.pathname = `${base}/v1/traces`;
  return url;
}

/** For logs and errors; a query string may hold a token. */
export function shownUrl({ origin, pathname, search }: URL): string {
  return `${origin}${pathname}${search === '' ? '' : '?…'}`;
}

const USERINFO = /^([a-z][a-z0-9+.-]*:\/\/)?[^/?#]*@/i;

/** Grafana Cloud takes OTLP at these hosts, below /otlp and nowhere else. */
const GRAFANA_GATEWAY = 'otlp-gateway-';
