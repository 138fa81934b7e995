import { expect } from 'chai';
import { createLaunchScene, type LaunchScene } from '../../support/launch-scene.ts';

describe('SMART launch in shadow mode', function () {
  this.timeout(60_000);
  let scene: LaunchScene;
  before(async () => {
    scene = await createLaunchScene({ isShadow: true });
  });
  after(() => scene.close());

  it('is refused by name before the EHR is asked anything', async () => {
    for (const path of [
      `/launch?iss=${encodeURIComponent(scene.ehr.fhirUrl)}&launch=xyz`,
      '/launch/callback?state=x',
    ]) {
      const response = await scene.get(scene.url + path);
      expect([response.status, await response.json()]).to.deep.equal([403, { reason: 'shadow-mode' }]);
    }
    expect(scene.log()).to.contain('"reason":"shadow-mode"');
  });
});
