/**
 * Closes after a describe block what it opened, last first, however far it came: `after` runs even where `before` skipped,
 * and there nothing is open.
 */
export function closeAfter(): (close: () => unknown) => void {
  const opened: (() => unknown)[] = [];
  after(async () => {
    for (const close of opened.reverse()) await close();
  });
  return (close) => void opened.push(close);
}
