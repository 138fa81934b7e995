import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { z } from 'zod';

const ensemble = z
  .object({ networks: z.array(z.object({ network: z.string(), version: z.string() })) })
  .parse(JSON.parse(readFileSync('models/ensemble.json', 'utf8')));

describe('files that deploy weights', () => {
  for (const file of ['Dockerfile', '.dockerignore', 'compose.yaml', 'deploy/kubernetes/gpu/triton-deployment.yaml'])
    it(`${file} names the versions of models/ensemble.json and no other`, () => {
      const text = readFileSync(file, 'utf8');
      for (const { network, version } of ensemble.networks) {
        const named = new Set(
          [...text.matchAll(new RegExp(`${network}/(\\d+\\.\\d+\\.\\d+)`, 'g'))].map(([, one]) => one),
        );
        expect([...named], network).to.deep.equal([version]);
      }
    });
});
