/**
 * `.dev.vars`: the secrets of a local Worker, which `wrangler dev` reads. Here: the signing keys, and nothing else.
 */
import { generateKeyPairSync, randomBytes, type JsonWebKey } from 'node:crypto'
import { parseEnv } from 'node:util'
import { OWN_ALGORITHM } from '../auth/key-ring.ts'
import { readOptionalFile, writePrivateFile } from './private-file.ts'

/** Where wrangler looks for it: beside wrangler.toml. */
export const DEV_VARS_FILE = '.dev.vars'

/** A production origin refuses keys with this prefix (invariant 10). */
export const DEV_KID_PREFIX = 'dev-'

/**
 * Makes a private Ed25519 JWK for local use.
 *
 * @see RFC 8037 section 2 (OKP keys)
 */
export function createDevSigningKey(): JsonWebKey & { readonly kid: string } {
  const { privateKey } = generateKeyPairSync('ed25519')
  const kid = `${DEV_KID_PREFIX}${randomBytes(8).toString('hex')}`
  return { ...privateKey.export({ format: 'jwk' }), kid, alg: OWN_ALGORITHM, use: 'sig' }
}

/**
 * Reads `SIGNING_KEYS`; where there are none it first writes a fresh key, and keeps what else the file holds.
 *
 * @returns the JSON text that the Worker will see, too.
 */
export async function ensureSigningKeys(file = DEV_VARS_FILE): Promise<string> {
  const text = (await readOptionalFile(file)) ?? ''
  const present = parseEnv(text)['SIGNING_KEYS']
  if (present) return present

  const signingKeys = JSON.stringify([createDevSigningKey()])
  const kept = text === '' || text.endsWith('\n') ? text : `${text}\n`
  // Base64url and JSON hold no single quote, so the quotes need no escaping.
  await writePrivateFile(file, `${kept}SIGNING_KEYS='${signingKeys}'\n`)
  return signingKeys
}

/**
 * Reads `SIGNING_KEYS` of a store that `npm run dev` has prepared.
 *
 * @throws Error with a sentence for the operator when there are none.
 */
export async function readSigningKeys(file = DEV_VARS_FILE): Promise<string> {
  const signingKeys = parseEnv((await readOptionalFile(file)) ?? '')['SIGNING_KEYS']
  if (!signingKeys) throw new Error(`${file} has no SIGNING_KEYS: start "npm run dev" once.`)
  return signingKeys
}
