/**
 * A secret may be handed over in a file instead of the environment (container and Kubernetes secrets): NAME_FILE in
 * place of NAME, for every setting that is marked secret. The environment of a process is seen by whoever may inspect
 * its container; a mounted file is not.
 */
import { readFileSync } from 'node:fs';
import { Fault } from '../errors.ts';
import { SETTINGS, type Setting } from './settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export const SECRET_NAMES = Object.entries<Setting>(SETTINGS)
  .filter(([, setting]) => setting.secret === true)
  .map(([name]) => name);

/**
 * The environment with the contents of the files in it; one newline at the end of a file is not part of the secret.
 * @throws Fault `config-invalid` with one line per problem; a path is named, a content never
 */
export function readSecretFiles(environment: Environment): Environment {
  const problems: string[] = [];
  const read: Record<string, string> = {};
  for (const name of SECRET_NAMES) {
    const path = environment[`${name}_FILE`];
    if (path === undefined || path === '') continue;
    if ((environment[name] ?? '') !== '') {
      problems.push(`${name} and ${name}_FILE are both set. Keep one`);
      continue;
    }
    const secret = readSecret(path);
    if (secret === undefined) problems.push(`${name}_FILE: ${path} cannot be read by this process`);
    else if (secret === '') problems.push(`${name}_FILE: ${path} is empty`);
    else read[name] = secret;
  }
  if (problems.length > 0) throw new Fault('config-invalid', problems.join('\n'));
  return { ...environment, ...read };
}

function readSecret(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch {
    return undefined;
  }
}
