/** The settings as a Markdown page; the page in docs/ is generated and never edited by hand. */
import { SETTINGS, type Setting } from './settings.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|');

function describeDefault(setting: Setting): string {
  const parsed = setting.schema.safeParse(undefined);
  if (!parsed.success) return '**required**';
  if (parsed.data === undefined) return '–';
  if (Array.isArray(parsed.data)) return parsed.data.length === 0 ? 'none' : parsed.data.join(',');
  return `\`${JSON.stringify(parsed.data)}\``.replaceAll('"', '');
}

/** docs/configuration.md as it should read. */
export function renderSettingsTable(): string {
  const rows = Object.entries(SETTINGS).map(([name, setting]: [string, Setting]) => {
    const secret = setting.secret ? ' *Secret: never printed.*' : '';
    return `| \`${name}\` | ${cell(setting.meaning)}.${secret} | ${cell(describeDefault(setting))} | \`${cell(setting.example)}\` |`;
  });
  return [
    '# Configuration',
    '',
    'Environment variables of `npm start`. Generated from `src/config/settings.ts` by `npm run docs:settings`.',
    'A wrong or missing value stops the start with one line per problem. Values are never repeated in messages.',
    'A secret can be given as a file instead: `DATABASE_URL_FILE=/run/secrets/database-url` in place of `DATABASE_URL`.',
    '',
    '| variable | meaning | default | example |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
