/**
 * The wire shapes that login and user action signing share (FACTS 1.1.5, 1.1.6).
 */
import { z } from '@hono/zod-openapi'
import type { Assertion, ChallengeAnswer, IssuedChallenge } from '../../auth/challenge.ts'
import type { RelyingParty } from '../../auth/verify-passkey-assertion.ts'

/** Padded ids occur (FACTS 1.1.5); whether the rest is canonical is asked where it is decoded (rule T2). */
export const base64Url = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .regex(/^[A-Za-z0-9_-]+={0,2}$/, 'is not base64url')

/** For the document: no other text is a token of ours (RFC 7515 section 7.1). */
export const COMPACT_JWS = '^[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+$'

const AllowedCredential = z.object({
  type: z.literal('public-key'),
  id: z.string().openapi({ description: 'Id of a credential that may sign.' }),
})

/** The site that passkeys are bound to. */
export const WireRelyingParty = z
  .object({
    id: z.string().openapi({ description: 'Domain of the pages that may use the passkey.' }),
    name: z.string(),
  })
  .openapi('RelyingParty')

/**
 * A challenge with everything that the official clients read of it. `allowCredentials.key` must list the signer's
 * credential, or the vendor's key signer refuses to sign (FACTS 1.1.5).
 */
export const WireChallenge = z
  .object({
    challenge: z.string().openapi({ description: 'The text to sign, as `clientData.challenge`.' }),
    challengeIdentifier: z
      .string()
      .openapi({ description: 'JWT that names the challenge; good for one use.' }),
    supportedCredentialKinds: z.array(
      z.object({
        kind: z.enum(['Key', 'Fido2']),
        factor: z.enum(['first']),
        requiresSecondFactor: z.boolean(),
      }),
    ),
    userVerification: z.enum(['required']),
    attestation: z.enum(['none']),
    allowCredentials: z.object({
      key: z.array(AllowedCredential),
      webauthn: z.array(AllowedCredential),
    }),
    rp: WireRelyingParty,
    externalAuthenticationUrl: z.string().openapi({ description: 'Always empty.' }),
  })
  .openapi('Challenge')

const CREDENTIAL_ID = base64Url(344).openapi({
  description: 'Id of the credential that signed.',
})

const KeyFactor = z.strictObject({
  kind: z.literal('Key'),
  credentialAssertion: z.strictObject({
    credId: CREDENTIAL_ID,
    clientData: base64Url(2_048).openapi({
      description: 'Base64url of the JSON that was signed: type `key.get`, and the challenge.',
    }),
    signature: base64Url(1_024).openapi({
      description:
        'Base64url of the signature over the client data: ' +
        'DER or r||s for ECDSA, 64 bytes for Ed25519, PKCS#1 v1.5 for RSA.',
    }),
    algorithm: z
      .string()
      .max(32)
      .optional()
      .openapi({ description: 'Digest, where it is not SHA-256.' }),
  }),
})

const PasskeyFactor = z.strictObject({
  kind: z.literal('Fido2'),
  credentialAssertion: z.strictObject({
    credId: CREDENTIAL_ID,
    clientData: base64Url(2_048).openapi({
      description: "Base64url of the browser's `clientDataJSON`.",
    }),
    authenticatorData: base64Url(1_024).openapi({
      description: 'Base64url of the authenticator data.',
    }),
    signature: base64Url(1_024).openapi({
      description: 'Base64url of the signature over authenticator data and hash of client data.',
    }),
    // The official client sends an empty text where the authenticator names nobody.
    userHandle: base64Url(256)
      .or(z.literal(''))
      .optional()
      .openapi({ description: 'Base64url of the id of the user.' }),
  }),
})

/**
 * A signed challenge: one first factor, by a key or by a passkey. A second factor is refused as unknown rather than
 * ignored: whoever sends one expects it to be checked.
 */
export const SignedChallenge = z
  .strictObject({
    challengeIdentifier: z
      .string()
      .min(1)
      .max(4_096)
      .openapi({ pattern: COMPACT_JWS, description: '`challengeIdentifier` of the challenge.' }),
    firstFactor: z.discriminatedUnion('kind', [KeyFactor, PasskeyFactor]),
  })
  .openapi('SignedChallenge')

const listed = (ids: readonly string[]) => ids.map((id) => ({ type: 'public-key' as const, id }))

/** How a browser finds the relying party: its name is shown by no browser any longer, and asked for by all. */
export const writeRelyingParty = ({ id }: Pick<RelyingParty, 'id'>) => ({ id, name: 'Activate' })

/** Writes a challenge; what the vendor leaves open is constant here. */
export const writeChallenge = (
  issued: IssuedChallenge,
  relyingParty: Pick<RelyingParty, 'id'>,
): z.input<typeof WireChallenge> => ({
  challenge: issued.challenge,
  challengeIdentifier: issued.challengeIdentifier,
  supportedCredentialKinds: [
    { kind: 'Key', factor: 'first', requiresSecondFactor: false },
    { kind: 'Fido2', factor: 'first', requiresSecondFactor: false },
  ],
  userVerification: 'required',
  attestation: 'none',
  allowCredentials: { key: listed(issued.keyIds), webauthn: listed(issued.passkeyIds) },
  rp: writeRelyingParty(relyingParty),
  externalAuthenticationUrl: '',
})

/** Reads an answer to a challenge. */
export const readAnswer = (body: z.output<typeof SignedChallenge>): ChallengeAnswer => ({
  challengeIdentifier: body.challengeIdentifier,
  assertion: readAssertion(body.firstFactor),
})

function readAssertion(factor: z.output<typeof SignedChallenge>['firstFactor']): Assertion {
  const { credId: credentialId } = factor.credentialAssertion
  // One by one, for each kind has members of its own.
  return factor.kind === 'Key'
    ? { kind: factor.kind, ...factor.credentialAssertion, credentialId }
    : { kind: factor.kind, ...factor.credentialAssertion, credentialId }
}
