/** Writes docs/configuration.md from the settings table: `node src/config/write-settings-table.ts`. */
import { writeFileSync } from 'node:fs';
import { renderSettingsTable } from './settings-table.ts';

writeFileSync(new URL('../../docs/configuration.md', import.meta.url), renderSettingsTable());
