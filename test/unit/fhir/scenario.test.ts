/** What is proved on HAPI by hand (test/hapi) holds on the sandbox's server at every run, or it would fall behind unseen. */
import { startFhirServer, type TestFhirServer } from '../../support/fhir-server.ts';
import { listChecks } from '../../hapi/scenario.ts';

describe('what must hold on any FHIR server', function () {
  this.timeout(300_000);
  let server: TestFhirServer;
  let checks: ReturnType<typeof listChecks>;
  before(async () => {
    server = await startFhirServer();
    checks = listChecks(server.url);
  });
  after(() => server.close());

  for (const [index, { name }] of listChecks('http://127.0.0.1:1/fhir').entries()) {
    it(name, () => checks[index]!.run());
  }
});
