/** Attenuation of each tissue in HU, from tissue-hu.json (values with their sources). */
import table from './tissue-hu.json' with { type: 'json' };

export type TissueName = keyof typeof table.hu;

export const HU = Object.fromEntries(Object.entries(table.hu).map(([name, entry]) => [name, entry.value])) as Readonly<
  Record<TissueName, number>
>;
