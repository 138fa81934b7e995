/**
 * Our database as pg-boss wants one, so that PGlite and PostgreSQL are one code path and one pool.
 * The trap: a text without parameters may hold several statements (`BEGIN; … RETURNING …; COMMIT`), and pg-boss
 * needs the rows of all of them; the simple-query protocol behind `executeScript` gives them.
 */
import type { Db } from 'pg-boss';
import type { Database, QueueDatabase } from '../storage/database.ts';

export function toBossDatabase(database: QueueDatabase): Db {
  return {
    executeSql: async (text, values) => {
      if (values !== undefined && values.length > 0) return { rows: (await database.query(text, values)).rows };
      return { rows: [...(await database.executeScript(text))] };
    },
    listen: (channel, onNotification, onReconnect) => database.listen(channel, onNotification, onReconnect),
  };
}

/** For `{ db }` of single pg-boss calls inside our own transaction. */
export function toBossTransaction(transaction: Database): Db {
  return { executeSql: async (text, values) => ({ rows: (await transaction.query(text, values ?? [])).rows }) };
}
