/** Makes the extensions of a plan; one that names another as its authenticator is made after it. */
import type { Authenticator } from '../component/contract.ts';
import { contextOf, type GraphHost } from './host.ts';
import type { Plan } from './plan.ts';
import type { Planned } from './plan-components.ts';
import { authenticatorOf } from './plan-use.ts';

/** `name` is its id in the file. */
export type ExtensionPart = Readonly<{ id: string; name: string; lifecycle: Authenticator }>;

/** In the order of the file. */
export function createExtensions({ extensions }: Plan, host: GraphHost): readonly ExtensionPart[] {
  const partByName = new Map<string, ExtensionPart>();
  const asks = (planned: Planned) => authenticatorOf(planned) !== undefined;
  const [asked = [], asking = []] = [false, true].map((wanted) => extensions.filter((planned) => asks(planned) === wanted));
  for (const planned of [...asked, ...asking]) {
    const id = `extension/${planned.id}`;
    const authenticator = partByName.get(authenticatorOf(planned)?.id ?? '')?.lifecycle;
    const context = { ...contextOf(id, host), authenticator, health: host.health };
    partByName.set(planned.id, { id, name: planned.id, lifecycle: planned.definition.create(planned.config, context) });
  }
  return extensions.flatMap(({ id }) => partByName.get(id) ?? []);
}
