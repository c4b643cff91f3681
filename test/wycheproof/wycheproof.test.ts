/**
 * Wycheproof's vectors in workerd, where keys are checked in production (catalogue C1). Signatures are judged wholly by
 * the code that judges a registered credential, sets of keys by that which reads an outside issuer's; jose's
 * `compactVerify`, which uses a key that was found, is called here with what the product gives to `jwtVerify`.
 */
import { compactVerify, decodeProtectedHeader } from 'jose'
import { afterAll, describe, expect, it } from 'vitest'
import { parsePublicKey } from '../../src/auth/public-key.ts'
import { createRemoteKeySet } from '../../src/auth/remote-key-set.ts'
import { verifySignature, type SignatureDigest } from '../../src/auth/verify-signature.ts'

const FOLDER = '../shared/vectors/wycheproof'

/** Others' files, read where they lie and never copied; none where the folder does not exist. */
const FILES = import.meta.glob('../../../shared/vectors/wycheproof/*.json', {
  eager: true,
  import: 'default',
})
const isMissing = Object.keys(FILES).length === 0
if (isMissing) {
  console.warn(
    `SKIPPED: there is no folder ${FOLDER}; nothing was shown about Wycheproof's vectors.`,
  )
}

interface Vector {
  readonly tcId: number
  readonly result: 'valid' | 'invalid' | 'acceptable'
}

interface SignatureGroup {
  readonly publicKeyPem: string
  readonly sha?: SignatureDigest
  readonly tests: readonly (Vector & { readonly msg: string; readonly sig: string })[]
}

interface KeySetGroup {
  readonly public?: { readonly keys: readonly object[] }
  readonly private: { readonly keys: readonly object[] }
  readonly tests: readonly (Vector & { readonly jws: string })[]
}

function readGroups<Group>(file: string): readonly Group[] {
  const read = FILES[`../../../${FOLDER.slice(3)}/${file}`] as { testGroups: readonly Group[] }
  return read.testGroups
}

/**
 * What Wycheproof takes, or leaves open, and we refuse; nothing that it refuses is taken. `acceptable` counts as
 * `invalid`: where two verifiers may differ, the stricter one is ours.
 */
const EXCEPTIONS = {
  // K1: e = 3 is allowed to no key, however good its signatures are.
  rsaExponentThree: [258, 259],
  // T4, T7: no HMAC, so that no public text is ever a key; a published symmetric key refuses its set.
  symmetric: [2, 13, 14, 15],
}

let judged = 0

const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))

describe.skipIf(isMissing)('Wycheproof', () => {
  // Printed by every run: a suite that judged less than it seems is what the catalogue is afraid of.
  afterAll(() => console.log(`Wycheproof: ${judged} vectors judged in workerd.`))

  it.each([
    { name: 'P-256', file: 'ecdsa_secp256r1_sha256_test.json', count: 484, refused: [] },
    // The challenge flow takes SHA-256 over P-384; `verifySignature` hands any digest on, and these vectors have SHA-384.
    { name: 'P-384', file: 'ecdsa_secp384r1_sha384_test.json', count: 504, refused: [] },
    { name: 'secp256k1', file: 'ecdsa_secp256k1_sha256_test.json', count: 476, refused: [] },
    { name: 'Ed25519', file: 'ed25519_test.json', count: 151, refused: [] },
    {
      name: 'RSA',
      file: 'rsa_signature_2048_sha256_test.json',
      count: 259,
      refused: EXCEPTIONS.rsaExponentThree,
    },
  ])('verifies what is valid by $name, and nothing else', async ({ file, count, refused }) => {
    const wrong: number[] = []
    const keyless: [tcId: number, problem: string][] = []
    const groups = readGroups<SignatureGroup>(file)
    for (const { publicKeyPem, sha = 'SHA-256', tests } of groups) {
      const key = await parsePublicKey(publicKeyPem)
      for (const { tcId, result, msg, sig } of tests) {
        if (!key.ok) keyless.push([tcId, key.failure])
        const verdict =
          key.ok && (await verifySignature(key.value, bytesOf(msg), bytesOf(sig), sha))
        if (verdict !== (result === 'valid')) wrong.push(tcId)
        judged += 1
      }
    }
    expect(wrong).toEqual(refused)
    // No other key is refused, so every other vector reached the signature.
    expect(keyless).toEqual(refused.map((tcId) => [tcId, 'rsa_key_unsupported']))
    expect(groups.flatMap(({ tests }) => tests)).toHaveLength(count)
  })

  it('takes of the published keys those that the rules allow, each for its own algorithm', async () => {
    const outcomes: Record<string, number[]> = {}
    const wrong: number[] = []
    for (const group of readGroups<KeySetGroup>('json_web_key_test.json')) {
      for (const { tcId, result, jws } of group.tests) {
        const outcome = await judge(jws, group.public ?? group.private)
        ;(outcomes[outcome] ??= []).push(tcId)
        if ((outcome === 'verified') !== (result === 'valid')) wrong.push(tcId)
        judged += 1
      }
    }
    expect(wrong).toEqual(EXCEPTIONS.symmetric)
    expect(outcomes).toEqual({
      verified: [5],
      // The whole set is refused: symmetric keys, beside others or alone, of all sizes, one kid twice.
      unavailable: [1, 2, 3, 4, 10, 11, 12, 13, 14, 15, 16, 17, 18, 25, 26],
      // The key is: for encryption (6, 21), factored (7), short (8), e = 1 (9), of an algorithm that is not its curve's
      // (19, 20), off its curve (22), of another curve than it says (23), of another type (24).
      unknown_kid: [6, 7, 8, 9, 19, 20, 21, 22, 23, 24],
    })
  })

  it('refuses every set that tells a private or a shared key', async () => {
    const told = readGroups<KeySetGroup>('json_web_key_test.json').map(async (group) =>
      Promise.all(group.tests.map(({ jws }) => judge(jws, group.private))),
    )
    const outcomes = (await Promise.all(told)).flat()
    expect([outcomes.length, new Set(outcomes)]).toEqual([26, new Set(['unavailable'])])
  })

  it('judges 1,900 vectors', () => {
    expect(judged).toBe(1_900)
  })
})

/** Names what becomes of a JWS of an issuer that publishes a set. */
async function judge(jws: string, set: object): Promise<string> {
  const { kid } = decodeProtectedHeader(jws)
  const keys = createRemoteKeySet({
    url: 'https://issuer.example/jwks.json',
    fetch: async () => Response.json(set),
    deniedKids: [],
  })
  const found = await keys.findKey(String(kid), 0)
  if (!found.ok) return found.failure
  const { key, algorithms } = found.value
  return compactVerify(jws, key, { algorithms: [...algorithms] }).then(
    () => 'verified',
    () => 'signature_invalid',
  )
}
