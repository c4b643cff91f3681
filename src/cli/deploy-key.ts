/**
 * Signing keys for deployments: the text of the secret `SIGNING_KEYS`, in a file for the operator's vault, since nobody
 * can read a secret back from Cloudflare.
 */
import { generateKeyPairSync, randomBytes, type JsonWebKey } from 'node:crypto'
import { createKeyRing, OWN_ALGORITHM } from '../auth/key-ring.ts'
import { readOptionalFile, writePrivateFile } from './private-file.ts'

/**
 * Writes a fresh private Ed25519 JWK into a file; behind those that are there, so that it is published before it
 * signs (rule J4).
 *
 * @param now - Unix time in milliseconds.
 * @returns its `kid`, which begins with the day, so that its age is seen; never with `dev-` (invariant 10).
 * @throws Error when the file holds anything but signing keys: it is left as it was.
 * @see RFC 8037 section 2 (OKP keys)
 */
export async function addSigningKey(file: string, now: number): Promise<string> {
  const present = await readKeys(file)
  const { privateKey } = generateKeyPairSync('ed25519')
  const kid = `${new Date(now).toISOString().slice(0, 10)}-${randomBytes(8).toString('hex')}`
  const key = { ...privateKey.export({ format: 'jwk' }), kid, alg: OWN_ALGORITHM, use: 'sig' }
  await writePrivateFile(file, `${JSON.stringify([...present, key])}\n`)
  return kid
}

async function readKeys(file: string): Promise<readonly JsonWebKey[]> {
  const text = await readOptionalFile(file)
  if (text === null) return []
  try {
    await createKeyRing(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`${file} holds something else, and was left as it was: ${reason}`)
  }
  return JSON.parse(text) as readonly JsonWebKey[]
}
