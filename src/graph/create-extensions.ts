/** Makes the extensions of a plan; one that names another as its authenticator is made after it. */
import { contextOf, type GraphHost } from './host.ts';
import { authenticatorOf, type ExtensionPart, keptOr, keyOf, portsOf } from './parts.ts';
import type { Plan } from './plan.ts';
import type { Planned } from './plan-components.ts';

/** In the order of the file. */
export function createExtensions(
  { extensions }: Plan,
  host: GraphHost,
  before: readonly ExtensionPart[] | undefined,
): readonly ExtensionPart[] {
  const partByName = new Map<string, ExtensionPart>();
  const asks = (planned: Planned) => authenticatorOf(planned) !== undefined;
  const [asked = [], asking = []] = [false, true].map((wanted) => extensions.filter((planned) => asks(planned) === wanted));
  for (const planned of [...asked, ...asking]) {
    const id = `extension/${planned.id}`;
    const named = partByName.get(authenticatorOf(planned) ?? '');
    const key = keyOf(planned, named);
    const create = (): ExtensionPart => {
      const context = { ...contextOf(id, host), authenticator: named?.lifecycle, health: host.health };
      const lifecycle = planned.definition.create(planned.config, context);
      return { id, name: planned.id, key, ports: portsOf(planned), lifecycle };
    };
    partByName.set(planned.id, keptOr(before, id, key, create));
  }
  return extensions.flatMap(({ id }) => partByName.get(id) ?? []);
}
