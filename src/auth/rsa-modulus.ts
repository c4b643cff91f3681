/**
 * Which RSA moduli are strong enough, for registered keys and for those of outside issuers alike (rule K1). Pure.
 */
import { encodeHex } from './digest.ts'

/** The generator made its primes out of these, and of more. */
const SMALL_PRIMES = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101,
  103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
]

/**
 * Tells whether a modulus has 2,048-4,096 bits and no known fault.
 *
 * @param modulus - big-endian, without a sign byte or zeros in front.
 */
export function isStrongRsaModulus(modulus: Uint8Array): boolean {
  const [first = 0] = modulus
  const bits = 8 * modulus.length - Math.clz32(first) + 24
  // No product of odd primes is even; workerd refuses it, Node does not.
  const isOdd = ((modulus.at(-1) ?? 0) & 1) === 1
  if (first === 0 || !isOdd || bits < 2048 || bits > 4096) return false
  return !isOfFlawedGenerator(BigInt(`0x${encodeHex(modulus)}`))
}

/**
 * Tells a modulus that can be factored because a flawed chip made it: it is a power of 65537 to every small prime, as
 * chance has it once in 2^27.
 *
 * @see CVE-2017-15361; Wycheproof json_web_key, jws_rsa_roca_key
 */
const isOfFlawedGenerator = (modulus: bigint): boolean =>
  SMALL_PRIMES.every((prime) => {
    const rest = Number(modulus % BigInt(prime))
    let power = 1
    do {
      if (power === rest) return true
      power = (power * 65_537) % prime
    } while (power !== 1)
    return false
  })
