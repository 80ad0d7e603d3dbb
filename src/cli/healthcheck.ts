/** `healthcheck`: asks a running daemon whether it is ready, for containers that have no curl. */
import { Option } from 'commander';
import { Agent, request } from 'undici';
import { COMPONENTS } from '../components.ts';
import { renderFaults } from '../config/render.ts';
import { planConfig } from '../daemon.ts';
import type { Door } from '../demo/visitor.ts';
import { healthDoor } from './doors.ts';
import { openLog } from './foreground.ts';
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
    try {
      const door = url === undefined ? await configuredDoor(config, host) : { url: withPath(url).href, headers: {} };
      if (door === undefined) return EXIT.failure;
      const status = await ask(door);
      if (status !== 200) throw new Error(`${door.url} answered ${status}`);
      host.stdout.write('ready\n');
      return EXIT.ok;
    } catch (error) {
      host.stderr.write(`not ready: ${error instanceof Error ? error.message : error}\n`);
      return EXIT.failure;
    }
  },
};

type Asked = Pick<Door, 'url' | 'headers'>;

/** Undefined: somebody was told why there is none. */
async function configuredDoor(config: readonly string[], host: Host): Promise<Asked | undefined> {
  const surroundings = { environment: host.environment, workingDirectory: host.directory };
  const { plan, faults, excerpts } = planConfig(config, surroundings, COMPONENTS, 'warning');
  if (plan === undefined) {
    host.stderr.write(renderFaults(faults, excerpts));
    return undefined;
  }
  const door = await healthDoor(plan, { logger: openLog(plan, [], host), now: host.now });
  if (door === undefined) host.stderr.write(REMEDY);
  return door;
}

function withPath(url: URL): URL {
  return url.pathname === '/' ? new URL('/readyz', url) : url;
}

async function ask({ url, headers }: Asked): Promise<number> {
  // Our own daemon may present a certificate that is for another name.
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
  try {
    const response = await request(url, { dispatcher, headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
    await response.body.dump();
    return response.statusCode;
  } catch (error) {
    const cause = error instanceof Error ? error.message : error;
    throw new Error(`cannot reach ${url}: ${cause}; "spanmeter run" starts a daemon`);
  } finally {
    await dispatcher.destroy();
  }
}
