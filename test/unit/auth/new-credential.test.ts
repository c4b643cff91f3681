/**
 * New credentials: of a PEM public key, and of what their holder attests.
 */
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  createAttestedCredential,
  createCredentialFromPem,
  type Attestation,
} from '../../../src/auth/new-credential.ts'
import { createAuthenticator, FLAG, PASSKEY_ALGORITHMS } from '../../support/authenticator.ts'
import { NOW, RELYING_PARTY } from '../../support/sample.ts'

const GIVEN = { id: 'cr-1', name: 'Laptop', now: NOW }
const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const PEM = publicKey.export({ type: 'spki', format: 'pem' }) as string
const SPKI = publicKey.export({ type: 'spki', format: 'der' })

const pemOf = (der: Buffer) =>
  `-----BEGIN PUBLIC KEY-----\n${der.toString('base64')}\n-----END PUBLIC KEY-----\n`

describe('createCredentialFromPem', () => {
  it('names the credential by SHA-256 over the key, and carries no owner yet', async () => {
    expect(await createCredentialFromPem(PEM, GIVEN)).toEqual({
      ok: true,
      value: {
        id: 'cr-1',
        kind: 'Key',
        credentialId: createHash('sha256').update(SPKI).digest('base64url'),
        algorithm: 'Ed25519',
        publicKeyPem: PEM,
        publicKeyHash: createHash('sha256').update(SPKI).digest('hex'),
        accessTokenId: null,
        isActive: true,
        name: 'Laptop',
        signCount: 0,
        isBackupEligible: false,
        relyingPartyId: null,
        origin: null,
        suspectedAt: null,
        activatedAt: null,
        createdAt: NOW,
      },
    })
  })

  it('makes one credential of two spellings of one key', async () => {
    const spelled = await createCredentialFromPem(PEM.replaceAll('\n', '\r\n'), GIVEN)
    expect(spelled).toEqual(await createCredentialFromPem(PEM, GIVEN))
  })

  const x25519 = generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'pem' })
  const weakRsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey
  const smallOrder = Buffer.concat([SPKI.subarray(0, -32), Buffer.alloc(32)])
  it.each([
    { name: 'a text that is no PEM', pem: 'ssh-ed25519 AAAA', failure: 'pem_malformed' },
    { name: 'a key that cannot sign', pem: x25519 as string, failure: 'key_type_unsupported' },
    {
      name: 'RSA of 1,024 bits',
      pem: weakRsa.export({ type: 'spki', format: 'pem' }) as string,
      failure: 'rsa_key_unsupported',
    },
    { name: 'a point of small order', pem: pemOf(smallOrder), failure: 'point_invalid' },
  ])('refuses $name with $failure', async ({ pem, failure }) => {
    expect(await createCredentialFromPem(pem, GIVEN)).toEqual({ ok: false, failure })
  })
})

const CHALLENGE = 'challenge'
const register = (attestation: Attestation, challenge = CHALLENGE) =>
  createAttestedCredential(attestation, challenge, RELYING_PARTY, GIVEN)

/** Attests the key as the official signers do. */
function attestKey(): Attestation {
  const clientData = Buffer.from(JSON.stringify({ type: 'key.create', challenge: CHALLENGE }))
  const clientDataHash = createHash('sha256').update(clientData).digest('hex')
  const fingerprint = JSON.stringify({ clientDataHash, publicKey: PEM })
  const signature = sign(undefined, Buffer.from(fingerprint), privateKey).toString('hex')
  const attested = Buffer.from(JSON.stringify({ publicKey: PEM, signature }))
  return {
    kind: 'Key',
    credentialId: Buffer.alloc(32, 7).toString('base64url'),
    clientData: clientData.toString('base64url'),
    attestationData: attested.toString('base64url'),
  }
}

/** What a passkey has whose key is the given one. */
const storedOf = (key: { publicKeyPem: string; credentialId: string }) => ({
  ...{ id: 'cr-1', name: 'Laptop', createdAt: NOW, accessTokenId: null, isActive: true },
  ...key,
  publicKeyHash: createHash('sha256')
    .update(Buffer.from(key.publicKeyPem.replace(/-----[A-Z ]+-----/g, ''), 'base64'))
    .digest('hex'),
  suspectedAt: null,
  activatedAt: null,
})

describe('createAttestedCredential', () => {
  it('makes a key by the id that its client gave it', async () => {
    const attestation = attestKey()
    const { credentialId } = attestation
    expect(await register(attestation)).toEqual({
      ok: true,
      value: {
        ...storedOf({ publicKeyPem: PEM, credentialId }),
        kind: 'Key',
        algorithm: 'Ed25519',
        signCount: 0,
        isBackupEligible: false,
        relyingPartyId: null,
        origin: null,
      },
    })
  })

  it.each([
    { alg: PASSKEY_ALGORITHMS[0], algorithm: 'P-256' },
    { alg: PASSKEY_ALGORITHMS[1], algorithm: 'P-384' },
    { alg: PASSKEY_ALGORITHMS[2], algorithm: 'Ed25519' },
    { alg: PASSKEY_ALGORITHMS[3], algorithm: 'RSA' },
  ])('makes a passkey of $alg with what it says of itself', async ({ alg, algorithm }) => {
    const { publicKeyPem, credentialId, ...authenticator } = await createAuthenticator(alg)
    const { UP, UV, BE, BS, AT } = FLAG
    const sent = await authenticator.register({ signCount: 5, flags: UP | UV | BE | BS | AT })
    expect(await register({ kind: 'Fido2', ...sent })).toEqual({
      ok: true,
      value: {
        ...storedOf({ publicKeyPem, credentialId }),
        kind: 'Fido2',
        algorithm,
        signCount: 5,
        isBackupEligible: true,
        relyingPartyId: 'example.org',
        origin: 'https://example.org',
      },
    })
  })

  it('takes ids of passkeys of 255 bytes, and none that are longer (U6)', async () => {
    const authenticator = await createAuthenticator('ES256')
    const registerId = async (bytes: number) => {
      const sent = await authenticator.register({ credentialId: new Uint8Array(bytes).fill(9) })
      return register({ kind: 'Fido2', ...sent })
    }
    const longest = await registerId(255)
    expect(longest.ok && longest.value.credentialId).toHaveLength(340)
    expect(await registerId(256)).toEqual({ ok: false, failure: 'credential_id_too_long' })
  })

  it('refuses the attestation of one kind as that of the other', async () => {
    const sent = await (await createAuthenticator('EdDSA')).register()
    expect(await register({ ...sent, kind: 'Key' })).toMatchObject({ ok: false })
    expect(await register({ ...attestKey(), kind: 'Fido2' })).toMatchObject({ ok: false })
  })

  it('refuses what answers another challenge', async () => {
    const sent = await (await createAuthenticator('EdDSA')).register()
    const refused = { ok: false, failure: 'challenge_mismatch' }
    expect(await register(attestKey(), 'another')).toEqual(refused)
    expect(await register({ kind: 'Fido2', ...sent }, 'another')).toEqual(refused)
  })
})
