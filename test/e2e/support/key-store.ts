/**
 * A `Key` credential in the vendor's form for the official client: the half that signs is the vendor's own signer, the
 * half that registers is what its interface leaves to whoever has the key.
 */
import { createHash, randomBytes, sign } from 'node:crypto'
import type { CredentialSigner, CredentialStore, KeyAttestation } from '@dfns/sdk'
import { AsymmetricKeySigner } from '@dfns/sdk-keysigner'
import { generateKey } from './client.ts'

/** A key that can be registered, and then signs. */
export type KeyStore = CredentialSigner &
  CredentialStore<KeyAttestation> & {
    readonly credId: string
    readonly publicKeyPem: string
  }

/**
 * Makes a key that nobody knows yet.
 *
 * @see the vendor's page "credentials-data": what is signed is the JSON text of the client data's hash and the key
 */
export function createKeyStore(algorithm: Parameters<typeof generateKey>[0]): KeyStore {
  const { publicKeyPem, privateKeyPem: privateKey } = generateKey(algorithm)
  const credId = randomBytes(32).toString('base64url')
  const signer = new AsymmetricKeySigner({ credId, privateKey })
  return {
    credId,
    publicKeyPem,
    sign: (challenge) => signer.sign(challenge),
    create: async (asked) => {
      // Those for passwords and one-time codes have none.
      if (!('challenge' in asked)) throw new Error('nothing to sign')
      const { challenge } = asked
      const clientData = JSON.stringify({ type: 'key.create', challenge })
      const clientDataHash = createHash('sha256').update(clientData).digest('hex')
      const signed = JSON.stringify({ clientDataHash, publicKey: publicKeyPem })
      const signature = sign(undefined, Buffer.from(signed), privateKey).toString('hex')
      const attestation = JSON.stringify({ publicKey: publicKeyPem, signature })
      return {
        credentialKind: 'Key',
        credentialInfo: {
          credId,
          clientData: Buffer.from(clientData).toString('base64url'),
          attestationData: Buffer.from(attestation).toString('base64url'),
        },
      }
    },
  }
}
