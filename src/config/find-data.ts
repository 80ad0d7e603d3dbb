/** Finds the folder in which a daemon keeps its data, when it was told where in one of several ways. */
import { accessSync, constants, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Surroundings } from './find.ts';

/** Absolute, and which of the ways it was. */
export type DataDirectory = Readonly<{ path: string; from: string }>;

const SYSTEM_FOLDER = '/var/lib/spanmeter';

/**
 * `told`: in the command line, then in the config. Undefined if there is nowhere: no folder of the system can be written and
 * there is no home.
 */
export function findDataDirectory(
  told: Readonly<{ flag?: string | undefined; config?: string | undefined }>,
  { environment, workingDirectory }: Surroundings,
  writable: (folder: string) => boolean = canWrite,
): DataDirectory | undefined {
  const found = (folder: string, from: string) => ({ path: resolve(workingDirectory, folder), from });
  const { STATE_DIRECTORY, XDG_STATE_HOME, HOME } = environment;
  if (told.flag) return found(told.flag, '--data-dir');
  if (told.config) return found(told.config, 'the config');
  // systemd gives several with colons between them.
  const [state] = STATE_DIRECTORY?.split(':') ?? [];
  if (state) return found(state, '$STATE_DIRECTORY');
  if (writable(SYSTEM_FOLDER)) return found(SYSTEM_FOLDER, 'the system');
  if (XDG_STATE_HOME) return found(join(XDG_STATE_HOME, 'spanmeter'), '$XDG_STATE_HOME');
  return HOME ? found(join(HOME, '.local/state/spanmeter'), 'the home folder') : undefined;
}

/** Whether it is there and can be written, or could be made. */
export function canWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return statSync(folder).isDirectory();
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return missing && dirname(folder) !== folder && canWrite(dirname(folder));
  }
}
