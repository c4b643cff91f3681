/**
 * Key pairs of the demo: every type signs, and its public half passes the rules of registration.
 */
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createDemoCredential, publicKeyOf } from '../../../src/cli/demo-keys.ts'
import { KEY_ALGORITHMS } from '../../../src/core/user.ts'

describe('createDemoCredential', () => {
  it.each(KEY_ALGORITHMS)('makes a %s key that signs and may be registered', async (algorithm) => {
    const { credId, privateKeyPem } = createDemoCredential(algorithm)
    expect(Buffer.from(credId, 'base64url')).toHaveLength(32)
    const publicKey = await publicKeyOf(privateKeyPem)
    expect(publicKey?.algorithm).toBe(algorithm)
    const digest = algorithm === 'Ed25519' ? null : 'sha256'
    const data = Buffer.from('meant it')
    const signature = sign(digest, data, createPrivateKey(privateKeyPem))
    const verifier = createPublicKey(publicKey?.pem ?? '')
    expect(verify(digest, data, verifier, signature)).toBe(true)
  })
})

describe('publicKeyOf', () => {
  it('is nothing when the text is no private key', async () => {
    expect(
      await publicKeyOf('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'),
    ).toBeNull()
  })
})
