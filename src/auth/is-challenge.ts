/**
 * Whether a client signed the challenge that was issued. No I/O but WebCrypto.
 */
import { encodeBase64Url } from './base64url.ts'
import { isEqualConstantTime } from './digest.ts'

/**
 * Compares a challenge in either of its spellings: clients write it as issued, or as browsers do, base64url of its UTF-8
 * bytes. Both comparisons take place, in constant time (rules W4, S6).
 *
 * @param given - the member of the client data, of whatever type the client made it.
 * @see FACTS 1.1.5 (spellings of the challenge)
 */
export async function isChallenge(given: unknown, issued: string): Promise<boolean> {
  if (typeof given !== 'string') return false
  const asBrowser = encodeBase64Url(new TextEncoder().encode(issued))
  const matches = await Promise.all([
    isEqualConstantTime(given, issued),
    isEqualConstantTime(given, asBrowser),
  ])
  return matches.includes(true)
}
