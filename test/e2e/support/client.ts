/**
 * The official Dfns client with its key signer, unmodified, for somebody of the demo.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { DfnsApiClient, DfnsAuthenticator } from '@dfns/sdk'
import { AsymmetricKeySigner } from '@dfns/sdk-keysigner'
import type { Demo, DemoActor } from './dev-server.ts'

/** Makes the key signer of an actor. */
export const createKeySigner = (actor: DemoActor): AsymmetricKeySigner =>
  new AsymmetricKeySigner({
    credId: actor.credential.credId,
    privateKey: actor.credential.privateKeyPem,
  })

/** Makes the client of an actor, with the actor's demo token or another. */
export const createClient = (
  demo: Demo,
  actor: DemoActor,
  options: { readonly token?: string; readonly orgId?: string } = {},
): DfnsApiClient =>
  new DfnsApiClient({
    baseUrl: demo.baseUrl,
    authToken: options.token ?? actor.token,
    signer: createKeySigner(actor),
    ...(options.orgId ? { orgId: options.orgId } : {}),
  })

/** Logs an actor in by its key, and returns the token. */
export async function logIn(demo: Demo, actor: DemoActor): Promise<string> {
  const authenticator = new DfnsAuthenticator({
    baseUrl: demo.baseUrl,
    signer: createKeySigner(actor),
  })
  const { token } = await authenticator.login({
    orgId: demo.organization.orgId,
    username: actor.username,
  })
  return token
}

/** Makes a fresh key pair: what an administrator registers, and what its owner signs with. */
export function generateKey(algorithm: 'Ed25519' | 'P-256' | 'P-384' | 'secp256k1' | 'RSA'): {
  readonly publicKeyPem: string
  readonly privateKeyPem: string
} {
  const { publicKey, privateKey } = generatePair(algorithm)
  return {
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function generatePair(algorithm: string): { publicKey: KeyObject; privateKey: KeyObject } {
  if (algorithm === 'Ed25519') return generateKeyPairSync('ed25519')
  if (algorithm === 'RSA') return generateKeyPairSync('rsa', { modulusLength: 4096 })
  const curves: Record<string, string> = { 'P-256': 'prime256v1', 'P-384': 'secp384r1' }
  return generateKeyPairSync('ec', { namedCurve: curves[algorithm] ?? algorithm })
}

/** Reads a private key, to be sure that what the demo hands out is one. */
export const readPrivateKey = (pem: string): KeyObject => createPrivateKey(pem)
