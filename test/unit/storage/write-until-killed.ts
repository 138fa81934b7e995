/** Writes rows one after the other and says each number once it is committed, until it is killed. Argument 1: folder. */
import { pino } from 'pino';
import { openDatabase } from '../../../src/storage/open-database.ts';

const database = await openDatabase({ dataDir: process.argv[2] ?? '', logger: pino({ level: 'silent' }) });
await database.query('CREATE TABLE IF NOT EXISTS written (id serial PRIMARY KEY, half boolean, body text)');
for (;;) {
  const id = await database.transaction(async (transaction) => {
    const first = await transaction.query<{ id: number }>(
      "INSERT INTO written (half, body) VALUES (true, repeat('x', 3000)) RETURNING id",
    );
    await transaction.query('UPDATE written SET half = false WHERE id = $1', [first.rows[0]?.id]);
    return first.rows[0]?.id;
  });
  process.send?.(id);
}
