/**
 * A PEM public key as a credential.
 */
import { createHash, generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createCredentialFromPem } from '../../../src/auth/new-credential.ts'
import { NOW } from '../../support/sample.ts'

const GIVEN = { id: 'cr-1', name: 'Laptop', now: NOW }
const { publicKey } = generateKeyPairSync('ed25519')
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
