/** A process that holds a database folder until it is killed: argument 1 is the folder. */
import { pino } from 'pino';
import { openDatabase } from '../../../src/storage/open-database.ts';

const database = await openDatabase({ dataDir: process.argv[2] ?? '', logger: pino({ level: 'silent' }) });
await database.query('CREATE TABLE held (word text)');
await database.query("INSERT INTO held VALUES ('kept')");
process.send?.('open');
setInterval(() => undefined, 1_000);
