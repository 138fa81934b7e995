import { LAUNCH_PATHS } from '../../smart-launch/create-launch-router.ts';

/** An app as the EHR's administrator registers it: where it may be sent to, and how it proves who it is. */
export interface RegisteredApp {
  readonly clientId: string;
  /** Where the EHR opens it. */
  readonly launchUrl: string;
  /** Compared as a whole: a prefix is another address. */
  readonly redirectUri: string;
  /** Its public keys, for private_key_jwt; without them it is a public client with PKCE. */
  readonly jwksUrl?: string;
}

/** Of the evidence page of a service at this address. */
export function toAppAddresses(serviceUrl: string): Pick<RegisteredApp, 'launchUrl' | 'redirectUri'> {
  return {
    launchUrl: `${serviceUrl}${LAUNCH_PATHS.launch}`,
    redirectUri: `${serviceUrl}${LAUNCH_PATHS.callback}`,
  };
}

/** What is open in the EHR when an app is launched. */
export interface LaunchedContext {
  readonly clientId: string;
  readonly patientId: string;
  readonly encounterId?: string;
  readonly practitionerId: string;
  /** As the card's link gave it (CDS Hooks 2.0, Link.appContext). */
  readonly appContext?: string;
}

export interface IssuedCode {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly codeChallenge: string;
  readonly scope: string;
  readonly nonce?: string;
  readonly context: LaunchedContext;
}
