/**
 * The wire shapes of credentials and of their registration, as the official client has them (FACTS 1.1.5).
 */
import { z } from '@hono/zod-openapi'
import type { Attestation } from '../../auth/new-credential.ts'
import type { RelyingParty } from '../../auth/verify-passkey-assertion.ts'
import type { Credential, User } from '../../core/user.ts'
import { base64Url, WireRelyingParty, writeRelyingParty } from './signing-schema.ts'

/** The kinds that are served: others are refused by name, as every value that is not known. */
export const CREDENTIAL_KIND = z.enum(['Key', 'Fido2'])

/** A label for people. */
export const CREDENTIAL_NAME = z
  .string()
  .min(1)
  .max(100)
  .openapi({ description: 'Name of the credential, for people.' })

/** A credential of the caller. */
export const WireCredential = z
  .object({
    kind: CREDENTIAL_KIND,
    credentialId: z.string().openapi({ description: 'Id that its client knows it by.' }),
    credentialUuid: z.string().openapi({ description: 'Id that this service knows it by.' }),
    dateCreated: z.iso.datetime(),
    isActive: z.boolean().openapi({ description: 'False: it neither logs in nor signs.' }),
    name: z.string(),
    publicKey: z.string().openapi({ description: 'PEM, SubjectPublicKeyInfo.' }),
    relyingPartyId: z.string().openapi({ description: 'Domain of a passkey; empty for keys.' }),
    origin: z.string().openapi({ description: 'Where a passkey was made; empty for keys.' }),
  })
  .openapi('Credential')

/** Writes a credential in this dialect. */
export const writeCredential = (credential: Credential): z.input<typeof WireCredential> => ({
  kind: credential.kind,
  credentialId: credential.credentialId,
  credentialUuid: credential.id,
  dateCreated: new Date(credential.createdAt).toISOString(),
  isActive: credential.isActive,
  name: credential.name,
  publicKey: credential.publicKeyPem,
  relyingPartyId: credential.relyingPartyId ?? '',
  origin: credential.origin ?? '',
})

const CREDENTIAL_INFO = z.strictObject({
  credId: base64Url(344).openapi({ description: 'Id of the new credential.' }),
  clientData: base64Url(2_048).openapi({
    description: 'Base64url of the client data: type `key.create` or `webauthn.create`.',
  }),
  attestationData: base64Url(8_192).openapi({
    description:
      'Base64url. Passkeys: the attestation object (`none`, or `packed` by the key itself). ' +
      'Keys: JSON with `publicKey` (PEM) and `signature` (hex), over the JSON text of ' +
      '`clientDataHash` (hex SHA-256) and `publicKey`.',
  }),
})

/** What a new credential proves itself by. */
export const WIRE_ATTESTATION = { credentialKind: CREDENTIAL_KIND, credentialInfo: CREDENTIAL_INFO }

/** Reads what a new credential proves itself by. */
export const readAttestation = (body: {
  readonly credentialKind: z.output<typeof CREDENTIAL_KIND>
  readonly credentialInfo: z.output<typeof CREDENTIAL_INFO>
}): Attestation => {
  const { credId, clientData, attestationData } = body.credentialInfo
  return { kind: body.credentialKind, credentialId: credId, clientData, attestationData }
}

/** COSE algorithms of passkeys, the one that browsers know best first (rule K1). */
const ALGORITHMS = [-7, -8, -35, -257]

const ALGORITHM = z.int().openapi({
  format: 'int32',
  minimum: Math.min(...ALGORITHMS),
  maximum: Math.max(...ALGORITHMS),
})

const AUTHENTICATOR_SELECTION = z.object({
  residentKey: z.enum(['preferred']),
  requireResidentKey: z.boolean(),
  userVerification: z.enum(['required']),
})

/** What every challenge for a new credential has. */
export const WIRE_CREATION = {
  user: z.object({
    id: z.string().openapi({ description: 'Id of the user; passkeys bring it back.' }),
    displayName: z.string(),
    name: z.string(),
  }),
  challenge: z.string().openapi({ description: 'The text to sign, as `clientData.challenge`.' }),
  temporaryAuthenticationToken: z.string(),
  rp: WireRelyingParty,
  attestation: z.enum(['none']),
  pubKeyCredParams: z.array(z.object({ type: z.literal('public-key'), alg: ALGORITHM })),
  authenticatorSelection: AUTHENTICATOR_SELECTION,
  excludeCredentials: z.array(z.object({ type: z.literal('public-key'), id: z.string() })),
}

/** Writes what every challenge for a new credential has. */
export const writeCreation = (
  user: User,
  challenge: string,
  relyingParty: Pick<RelyingParty, 'id'>,
  credentials: readonly Credential[],
) => ({
  user: { id: user.id, displayName: user.username, name: user.username },
  challenge,
  rp: writeRelyingParty(relyingParty),
  attestation: 'none' as const,
  pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key' as const, alg })),
  authenticatorSelection: {
    residentKey: 'preferred' as const,
    requireResidentKey: false,
    userVerification: 'required' as const,
  },
  // One authenticator holds one passkey of a user.
  excludeCredentials: credentials
    .filter(({ kind }) => kind === 'Fido2')
    .map(({ credentialId }) => ({ type: 'public-key' as const, id: credentialId })),
})
