/** The pages of the health check; which components there are, and what ails them, is for those who may know. */
import type { Express, Response } from 'express';
import type { ComponentHealth, ExtensionContext } from '../../component/contract.ts';
import { collectorStatus } from './collector-status.ts';
import type { HealthSettings } from './index.ts';

type Asker = Pick<ExtensionContext, 'health' | 'now'>;

export function mountPages(app: Express, settings: HealthSettings, detailed: boolean, { health, now }: Asker): void {
  app.get('/livez', (_request, response) => text(response, 200, 'ok\n'));
  app.get('/readyz', (_request, response) => {
    const { ready } = health();
    text(response, statusOf(ready), ready ? 'ok\n' : 'not ready\n');
  });
  app.get('/healthz', (_request, response) => {
    const { state, ready, components } = health();
    const shown = { status: state, ready, ...(detailed && { components: components.map(componentJson) }) };
    json(response, statusOf(ready), shown);
  });
  app.get(settings.path, (_request, response) => {
    const { ready, startedMs } = health();
    const { response_body } = settings;
    if (response_body !== undefined) text(response, statusOf(ready), ready ? response_body.healthy : response_body.unhealthy);
    else if (ready) json(response, 200, { status: 'Server available', upSince: new Date(startedMs).toISOString() });
    else json(response, 503, { status: 'Server not available' });
  });
  const { enabled, path } = settings.http?.status ?? { enabled: true, path: '/status' };
  if (!enabled) return;
  app.get(path, (request, response) => {
    const asked = new URL(request.url, 'http://localhost').searchParams;
    const question = { pipeline: asked.get('pipeline') || undefined, verbose: detailed && asked.has('verbose') };
    const answer = collectorStatus(health(), settings.component_health, question, now());
    if (answer === undefined) text(response, 404, 'no such pipeline\n');
    else json(response, answer.httpStatus, answer.body);
  });
}

function statusOf(ready: boolean): number {
  return ready ? 200 : 503;
}

function componentJson({ id, state, sinceMs, lastError, backlog }: ComponentHealth) {
  return { id, status: state, since: new Date(sinceMs).toISOString(), lastError, backlog };
}

function text(response: Response, status: number, body: string): void {
  response.status(status).set('cache-control', 'no-store').type('text').send(body);
}

function json(response: Response, status: number, body: object): void {
  response.status(status).set('cache-control', 'no-store').json(body);
}
