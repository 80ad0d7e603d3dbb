/** How the cost of a request grows with what a config asks for. */
import { dimensioned, valuesFor } from './bodies.ts';
import { spanmeter } from './contestants.ts';
import { markdown, median, spread } from './figures.ts';
import type { Report, Settings, Target } from './section.ts';
import { sideBySide } from './side-by-side.ts';
import type { Changes } from './spanmeter-config.ts';

const DIMENSIONS = 30;
/** Of a label set of the body. */
const COUNTERS = 6;

type Step = Readonly<{ amount: number; changes: Changes; series?: number }>;
type Growth = Readonly<{ what: string; steps: readonly Step[] }>;

const GROWTHS: readonly Growth[] = [
  { what: 'dimensions', steps: [3, 10, 30].map((amount) => ({ amount, changes: { genai: `{ dimensions: ${keys(amount)} }` } })) },
  { what: 'counter series', steps: [1_000, 10_000, 100_000].map(ofSeries) },
  { what: 'pipelines', steps: [1, 2, 4].map((pipelines) => ({ amount: pipelines, changes: { pipelines } })) },
  { what: 'exporters', steps: [1, 2, 4].map((exporters) => ({ amount: exporters, changes: { exporters } })) },
];

function keys(count: number): string {
  return `[${Array.from({ length: count }, (_, index) => `trace.metadata.dimension${index + 1}`).join(', ')}]`;
}

function ofSeries(amount: number): Step {
  const dimension = `{ name: trace.metadata.dimension1, max_values: ${amount} }`;
  const genai = `{ dimensions: [${dimension}], series: { max: ${4 * amount}, max_per_metric: ${4 * amount} } }`;
  return { amount, changes: { genai }, series: valuesFor(amount / COUNTERS) };
}

type Grown = Readonly<{ what: string; costs: readonly Readonly<{ amount: number; cpuMicros: readonly number[] }>[] }>;

export async function growth(settings: Settings): Promise<Report> {
  const body = dimensioned(DIMENSIONS);
  const grown: Grown[] = [];
  for (const { what, steps } of settings.quick ? GROWTHS.slice(0, 1) : GROWTHS) {
    const contestants = steps.map(({ amount, changes, series = 1 }) => ({
      ...spanmeter(`spanmeter, ${amount} ${what}`, changes, settings.profile),
      series,
    }));
    const { rounds } = await sideBySide(body, contestants, settings);
    const costs = steps.map(({ amount }) => ({
      amount,
      cpuMicros: rounds.map((round) => round.get(`spanmeter, ${amount} ${what}`)!.cpuMicros),
    }));
    grown.push({ what, costs });
  }
  const made = `${settings.rounds} rounds of ${settings.seconds} s, ${settings.connections} connections, in a new order each`;
  return { title: 'Growth', made, text: tableOf(grown), targets: grown.map(targetOf) };
}

function tableOf(grown: readonly Grown[]): string {
  const rows = grown.map(({ what, costs }) => [
    what,
    ...costs.map(({ amount, cpuMicros }) => `${amount.toLocaleString('en')}: ${spread(cpuMicros, 0)}`),
  ]);
  return markdown(['CPU µs per request by', '', '', ''], rows);
}

/** From no step to the next may the cost grow by a larger factor than what it is for. */
function targetOf({ what, costs }: Grown): Target {
  const factors = costs.slice(1).map(({ amount, cpuMicros }, index) => {
    const before = costs[index]!;
    return { cost: median(cpuMicros) / median(before.cpuMicros), amount: amount / before.amount };
  });
  return {
    number: 11,
    measure: `cost of a request from ${costs[0]!.amount} to ${costs.at(-1)!.amount.toLocaleString('en')} ${what}`,
    value: factors.map(({ cost, amount }) => `${cost.toFixed(2)} × for ${Number(amount.toFixed(1))} ×`).join(', '),
    target: 'linear or better',
    met: factors.every(({ cost, amount }) => cost <= amount),
  };
}
