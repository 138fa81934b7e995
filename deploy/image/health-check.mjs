/**
 * The image's HEALTHCHECK: does the process turn? Eight seconds, because a machine that analyses a CT may be busy. Readiness
 * is for load balancers; a service that waits for its chart must not be restarted for it. Exit code 0 or 1, nothing else.
 */
const answered = await fetch(`http://127.0.0.1:${process.env.PORT ?? '8080'}/livez`, {
  signal: AbortSignal.timeout(8_000),
}).then(
  ({ ok }) => ok,
  () => false,
);
process.exit(answered ? 0 : 1);
