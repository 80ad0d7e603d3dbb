/** The daemon beside Collectors and bare servers: requests/s, waits, CPU, memory, bytes written; and that nothing was missed. */
import { contestantsOf } from './request-contestants.ts';
import { ratiosTable, requestsTable } from './request-table.ts';
import { requestTargets } from './request-targets.ts';
import type { Report, Settings } from './section.ts';
import { type BodyResult, sideBySide } from './side-by-side.ts';

export async function requests(settings: Settings): Promise<Report> {
  const results: BodyResult[] = [];
  for (const body of settings.bodies) {
    const result = await sideBySide(body, contestantsOf(body, settings), settings);
    console.error(requestsTable([result]));
    results.push(result);
  }
  const { rounds, seconds, connections } = settings;
  const made = `${rounds} rounds of ${seconds} s, ${connections} connections, in a new order each`;
  const text = `${requestsTable(results)}\n\nRatios, made within a round:\n\n${ratiosTable(results)}`;
  return { title: 'Requests', made, text, targets: requestTargets(results) };
}
