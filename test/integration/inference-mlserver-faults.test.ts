/** A real server of the Open Inference Protocol (MLServer) that fails under the service's engine. */
import { describeFaults } from '../support/inference-faults.ts';
import { NO_MLSERVER, startMlServer } from '../support/mlserver/start-mlserver.ts';

describeFaults({
  name: 'MLServer',
  python: process.env['MLSERVER_PYTHON'],
  whyNot: NO_MLSERVER,
  start: startMlServer,
});
