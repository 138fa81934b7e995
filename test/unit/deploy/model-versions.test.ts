import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { z } from 'zod';

const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
const ensembleFile = z.object({
  networks: z.array(z.object({ network: z.string(), version: z.string() })),
  combination: z.unknown(),
});
const ensemble = ensembleFile.parse(readJson('models/ensemble.json'));
const contractFile = z.object({ model: z.object({ storage: z.string() }), input: z.unknown() });
const readContract = ({ network, version }: (typeof ensemble.networks)[number]) =>
  contractFile.parse(readJson(`models/${network}/${version}/contract.json`));

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

describe('models/ensemble-int8.json', () => {
  it('is the same networks under the same rule and recipe, in int8', () => {
    const twin = ensembleFile.parse(readJson('models/ensemble-int8.json'));
    expect(twin.networks.map(({ network }) => network)).to.deep.equal(ensemble.networks.map(({ network }) => network));
    expect(twin.combination).to.deep.equal(ensemble.combination);
    expect(twin.networks.map((each) => readContract(each).model.storage)).to.deep.equal(['int8', 'int8']);
    expect(ensemble.networks.map((each) => readContract(each).model.storage)).to.deep.equal(['fp16', 'fp16']);
    expect(twin.networks.map((each) => readContract(each).input)).to.deep.equal(
      ensemble.networks.map((each) => readContract(each).input),
    );
  });
});
