/** A configuration file named by a setting; what is wrong with it is said by the setting's name, not its content. */
import { readFileSync } from 'node:fs';
import { Fault } from '../errors.ts';

/** Throws Fault `config-invalid` when the file cannot be read. */
export function readTextFile(setting: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Fault('config-invalid', `${setting}: the file cannot be read`, { cause });
  }
}

/** Throws Fault `config-invalid` when the file cannot be read or is not JSON. */
export function readJsonFile(setting: string, path: string): unknown {
  try {
    return JSON.parse(readTextFile(setting, path)) as unknown;
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw new Fault('config-invalid', `${setting}: the file is not JSON`, { cause });
  }
}
