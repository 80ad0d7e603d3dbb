/** `healthcheck`: asks a running daemon whether it is ready, for containers that have no curl. */
import { Option } from 'commander';
import { Agent, request } from 'undici';
import { COMPONENTS } from '../components.ts';
import { renderFaults } from '../config/render.ts';
import { planConfig } from '../daemon.ts';
import { healthUrl } from './doors.ts';
import { EXIT, type Host } from './host.ts';
import { httpUrl } from './urls.ts';
import { type ConfigOptions, configOption, type Verb } from './verb.ts';

type Options = ConfigOptions & Readonly<{ url?: URL }>;

/** Docker's own limit is 30 s; who needs longer than this is not ready. */
const TIMEOUT_MS = 5_000;

const REMEDY = `no extension health_check is started; add it to the config:

extensions:
  health_check:
service:
  extensions: [health_check]
`;

/** Ends with 0 or 1 and nothing else: Docker knows no other answers. */
export const healthcheckVerb: Verb<Options> = {
  name: 'healthcheck',
  summary: 'Ask the running daemon whether it is ready.',
  options: [
    configOption,
    () => new Option('--url <url>', 'where to ask; by default the health_check extension of the config').argParser(httpUrl),
  ],
  example: 'spanmeter healthcheck --url http://127.0.0.1:13133/readyz',
  async execute({ config, url }, host) {
    const asked = url === undefined ? configuredUrl(config, host) : withPath(url).href;
    if (asked === undefined) return EXIT.failure;
    const { ready, answer } = await ask(asked);
    if (ready) host.stdout.write('ready\n');
    else host.stderr.write(`not ready: ${answer}\n`);
    return ready ? EXIT.ok : EXIT.failure;
  },
};

function configuredUrl(config: readonly string[], { environment, directory, stderr }: Host): string | undefined {
  const surroundings = { environment, workingDirectory: directory };
  const { plan, faults, excerpts } = planConfig(config, surroundings, COMPONENTS, 'warning');
  const url = plan && healthUrl(plan);
  if (plan === undefined) stderr.write(renderFaults(faults, excerpts));
  else if (url === undefined) stderr.write(REMEDY);
  return url;
}

function withPath(url: URL): URL {
  return url.pathname === '/' ? new URL('/readyz', url) : url;
}

async function ask(url: string): Promise<Readonly<{ ready: boolean; answer: string }>> {
  // Our own daemon may present a certificate that is for another name.
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
  try {
    const response = await request(url, { dispatcher, signal: AbortSignal.timeout(TIMEOUT_MS) });
    await response.body.dump();
    return { ready: response.statusCode === 200, answer: `${url} answered ${response.statusCode}` };
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    return { ready: false, answer: `cannot reach ${url}: ${cause}; start the daemon with "spanmeter run"` };
  } finally {
    await dispatcher.destroy();
  }
}
