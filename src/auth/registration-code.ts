/**
 * The code by which a new user registers its first credential: shown to the administrator once, kept as a hash, and
 * good for one registration (rule U1).
 */
import { sha256Hex } from './digest.ts'
import { newSecret } from './random.ts'

/** How long a code may be used, in milliseconds: a day. */
export const REGISTRATION_CODE_MILLISECONDS = 86_400_000

const CODE_BYTES = 24

/** A fresh code, and what of it is kept. */
export interface RegistrationCode {
  readonly code: string
  readonly hash: string
  /** Unix milliseconds. */
  readonly expiresAt: number
}

/** Makes a code: 32 characters of base64url, 192 random bits, so that a plain hash hides it well enough. */
export async function newRegistrationCode(now: number): Promise<RegistrationCode> {
  const code = newSecret(CODE_BYTES)
  const hash = await hashRegistrationCode(code)
  return { code, hash, expiresAt: now + REGISTRATION_CODE_MILLISECONDS }
}

/** Computes what is kept of a code. */
export const hashRegistrationCode = (code: string): Promise<string> =>
  sha256Hex(`registration-code\n${code}`)
