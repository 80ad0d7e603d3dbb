/** Makes the extensions of a plan; one that names another as its authenticator is made after it. */
import type { Authenticator } from '../component/contract.ts';
import { contextOf, type GraphHost } from './host.ts';
import type { Plan } from './plan.ts';
import type { Planned } from './plan-components.ts';

/** `name` is its id in the file. */
export type ExtensionPart = Readonly<{ id: string; name: string; lifecycle: Authenticator }>;

/** In the order of the file. */
export function createExtensions({ extensions }: Plan, host: GraphHost): readonly ExtensionPart[] {
  const partByName = new Map<string, ExtensionPart>();
  const [asked = [], asking = []] = [false, true].map((asks) =>
    extensions.filter((planned) => (namedBy(planned) !== undefined) === asks),
  );
  for (const planned of [...asked, ...asking]) {
    const id = `extension/${planned.id}`;
    const authenticator = partByName.get(namedBy(planned) ?? '')?.lifecycle;
    const context = { ...contextOf(id, host), authenticator, health: host.health };
    partByName.set(planned.id, { id, name: planned.id, lifecycle: planned.definition.create(planned.config, context) });
  }
  return extensions.flatMap(({ id }) => partByName.get(id) ?? []);
}

function namedBy({ definition, config }: Planned): string | undefined {
  return definition.authenticator?.(config)?.id;
}
