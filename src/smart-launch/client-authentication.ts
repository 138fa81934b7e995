/**
 * How we prove to an EHR's token endpoint who we are (SMART App Launch 2.2): not at all (PKCE alone), by a secret, or
 * by an assertion signed with our own key.
 */
import { ClientSecretBasic, None, PrivateKeyJwt, modifyAssertion, type ClientAuth } from 'oauth4webapi';
import type { CryptoKey } from 'jose';
import { Fault } from '../errors.ts';
import type { TrustedEhr } from './trusted-ehr.ts';

export interface AssertionKey {
  readonly kid: string;
  /** P-384 or RSA with SHA-384 (client-confidential-asymmetric). */
  readonly key: CryptoKey;
}

/** Throws Fault `config-invalid` where an entry wants private-key-jwt and there is no key. */
export function chooseClientAuthentication(ehr: TrustedEhr, key: AssertionKey | undefined): ClientAuth {
  if (ehr.clientAuth === 'public') return None();
  if (ehr.clientAuth === 'client-secret') return ClientSecretBasic(ehr.clientSecret ?? '');
  if (!key) throw new Fault('config-invalid', 'SMART_EHRS_FILE: private-key-jwt needs FHIR_PRIVATE_KEYS_FILE');
  return async (server, client, body, headers) => {
    const authenticate = PrivateKeyJwt(
      { key: key.key, kid: key.kid },
      {
        // SMART asks for the token endpoint's own address here, RFC 9700 for the issuer: SMART's is what EHRs check.
        [modifyAssertion]: (header, payload) => {
          header['typ'] = 'JWT';
          payload['aud'] = server.token_endpoint;
        },
      },
    );
    await authenticate(server, client, body, headers);
  };
}
