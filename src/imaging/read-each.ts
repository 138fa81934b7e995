/** Requests about the series of one study: a few at the same time, so that neither the study nor the PACS has to wait long. */

const CONCURRENCY = 3;

/** The answers in the order of the items. Throws what the first failing one throws; no further one is begun then. */
export async function readEach<Item, Answer>(
  items: readonly Item[],
  read: (item: Item) => Promise<Answer>,
): Promise<readonly Answer[]> {
  const answers = new Array<Answer>(items.length);
  const pending = [...items.entries()];
  const work = async (): Promise<void> => {
    try {
      for (let next = pending.shift(); next; next = pending.shift()) answers[next[0]] = await read(next[1]);
    } finally {
      pending.length = 0;
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return answers;
}
