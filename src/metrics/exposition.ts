/** Writes the metrics page of a set of sources: text or OpenMetrics, in pieces that never hold up the event loop. */
import type { PulledSource } from '../component/contract.ts';
import type { Label } from '../data/metric.ts';
import { isOpenMetrics } from './negotiation.ts';
import { type Naming, type PageFamily, pageFamilies } from './page-family.ts';
import { helpText } from './page-text.ts';
import { type PageRequest, SeriesLines } from './series-lines.ts';
import { TURN_MS, turnOfPages } from './turn-of-pages.ts';

export type PageSettings = Naming &
  Readonly<{
    /** Added to every series that has no label of that name. */
    constLabels: readonly Label[];
    /** Write the time of the page behind every value. */
    timestamps: boolean;
  }>;

const CHUNK_CHARACTERS = 65_536;
/** Units that may be told: the parser refuses a whole page on which a unit is not the end of its family's name. */
const UNIT = /_(seconds|bytes|ratio|usd|USD)$/;

export class Exposition {
  /** Families that share their name with an earlier one but cannot be added to it: they are on no page. */
  readonly clashes: readonly string[];
  readonly #families: readonly PageFamily[];
  readonly #lines: SeriesLines;
  #latestMs = 0;

  constructor(sources: readonly PulledSource[], settings: PageSettings) {
    const { families, clashes } = pageFamilies(sources, settings);
    this.#families = families;
    this.clashes = clashes;
    this.#lines = new SeriesLines(settings.constLabels, settings.timestamps);
  }

  /** In chunks of about 64 KiB. All lines of a label set are of one moment; the page as a whole need not be. */
  async *page(request: PageRequest): AsyncGenerator<string> {
    let chunk: string[] = [];
    let characters = 0;
    await turnOfPages();
    let turnEndsMs = performance.now() + TURN_MS;
    for (const text of this.#texts(request)) {
      chunk.push(text);
      characters += text.length;
      if (characters >= CHUNK_CHARACTERS) {
        yield chunk.join('');
        chunk = [];
        characters = 0;
      }
      if (performance.now() >= turnEndsMs) {
        await turnOfPages();
        turnEndsMs = performance.now() + TURN_MS;
      }
    }
    yield chunk.join('');
  }

  *#texts(request: PageRequest): Generator<string> {
    this.#latestMs = Math.max(this.#latestMs, request.nowMs);
    const reading = { ...request, latestMs: this.#latestMs };
    for (const family of this.#families) {
      let header = headerText(family, isOpenMetrics(request.format));
      for (const lines of this.#lines.of(family, reading)) {
        // A family without series has no header either.
        yield lines === '' ? '' : header + lines;
        if (lines !== '') header = '';
      }
    }
    if (isOpenMetrics(request.format)) yield '# EOF\n';
  }
}

/** Classic text names the samples, OpenMetrics the family; classic text has no info type. */
function headerText({ name, sampleName, kind, help }: PageFamily, openMetrics: boolean): string {
  const shown = openMetrics ? name : sampleName;
  const type = kind === 'info' && !openMetrics ? 'gauge' : kind;
  const unit = openMetrics && kind !== 'info' ? UNIT.exec(name)?.[1] : undefined;
  const described = `# HELP ${shown} ${helpText(help, openMetrics)}\n# TYPE ${shown} ${type}\n`;
  return unit === undefined ? described : `${described}# UNIT ${shown} ${unit}\n`;
}
