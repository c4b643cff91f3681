/**
 * The proof that the client signs, read by jose and not by the client's own code: form, claims, every algorithm.
 */
import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { compactVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import {
  createKeySigner,
  type KeySignerOptions,
  type SignatureAlgorithm,
} from '../../../src/client/index.ts'
import { readProof, verifyProofSignature } from '../../../src/auth/user-action-proof.ts'
import { OWN } from '../../support/bearers.ts'
import {
  CALLS,
  claimsOf,
  createClientDouble,
  DFNS_USER,
  failureOf,
  proofOf,
  publicKey,
  RINNE_USER,
  TOKEN,
} from '../../support/fetch-double.ts'
import { NOW, samplePrincipal, userId } from '../../support/sample.ts'

const hash = (text: string) => createHash('sha256').update(text).digest('base64url')

const rsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 })
const PAIRS: Readonly<
  Record<SignatureAlgorithm, { readonly privateKey: KeyObject; readonly publicKey: KeyObject }>
> = {
  EdDSA: generateKeyPairSync('ed25519'),
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  RS256: rsa(),
  PS256: rsa(),
}
const ALGORITHMS = Object.keys(PAIRS) as SignatureAlgorithm[]

const IMPORTS = {
  EdDSA: { name: 'Ed25519' },
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  ES384: { name: 'ECDSA', namedCurve: 'P-384' },
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  PS256: { name: 'RSA-PSS', hash: 'SHA-256' },
} as const

const pemOf = (algorithm: SignatureAlgorithm) =>
  PAIRS[algorithm].privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

const keyOf = (algorithm: SignatureAlgorithm) =>
  crypto.subtle.importKey(
    'pkcs8',
    Uint8Array.from(PAIRS[algorithm].privateKey.export({ type: 'pkcs8', format: 'der' })),
    IMPORTS[algorithm],
    false,
    ['sign'],
  )

/** What jose makes of a proof: header and claims, if the signature verifies. */
async function verify(proof: string, key: Parameters<typeof compactVerify>[1]) {
  const { protectedHeader, payload } = await compactVerify(proof, key)
  const claims = JSON.parse(new TextDecoder().decode(payload)) as Record<string, unknown>
  return { header: protectedHeader, claims }
}

describe('the proof of a request', () => {
  it.each([
    { dialect: 'dfns', answer: DFNS_USER, method: 'PUT', path: '/auth/users/us-1/activate' },
    {
      dialect: 'timbu',
      answer: { message: 'success' },
      method: 'PUT',
      path: '/users/us-1/activate',
    },
    { dialect: 'rinne', answer: RINNE_USER, method: 'POST', path: '/core/v1/users/us-1/activate' },
  ] as const)(
    'says of $dialect exactly what is sent',
    async ({ dialect, answer, method, path }) => {
      const { client, sent } = createClientDouble([{ status: 200, body: answer }])
      await CALLS[dialect](client)
      const { header, claims } = await verify(proofOf(sent[0]), publicKey)
      expect(header).toEqual({ alg: 'EdDSA', typ: 'ua-proof+jwt', kid: 'cr-1' })
      expect(claims).toEqual({
        aud: 'activate',
        sub: userId('admin'),
        iat: NOW / 1000,
        exp: NOW / 1000 + 60,
        jti: expect.stringMatching(/^[\w-]{22}$/),
        htm: method,
        htu: `https://api.example.test${path}`,
        bh: hash(sent[0]?.body ?? ''),
        ath: hash(TOKEN),
      })
    },
  )

  it('is taken by the service as it is', async () => {
    const { client, sent } = createClientDouble([{ status: 200, body: { message: 'success' } }])
    await CALLS.timbu(client)
    const read = await readProof(proofOf(sent[0]), {
      principal: samplePrincipal(),
      bearer: TOKEN,
      method: 'PUT',
      url: sent[0]?.url ?? '',
      body: new TextEncoder().encode(sent[0]?.body),
      audience: 'activate',
      now: NOW,
      skewSeconds: 0,
    })
    expect(read).toMatchObject({ ok: true, value: { evidence: { credentialId: 'cr-1' } } })
  })

  it('hashes nothing for a request without a body', async () => {
    const { client, sent } = createClientDouble([{ status: 200, body: DFNS_USER }])
    await CALLS.dfns(client)
    expect(claimsOf(sent[0])['bh']).toBe('47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU')
  })

  it('hashes the very bytes of a body that is no ASCII', async () => {
    const { client, sent } = createClientDouble([{ status: 200, body: { message: 'success' } }])
    await client.timbu.activateUser({ userId: 'us-1', email: 'ünï\ud800@example.test' })
    expect(sent[0]?.body).toContain('ünï\\ud800@')
    expect(claimsOf(sent[0])['bh']).toBe(hash(sent[0]?.body ?? ''))
  })

  it('names the one audience of a token that lists it', async () => {
    const token = OWN.write({ aud: ['activate'] })
    const { client, sent } = createClientDouble([{ status: 200, body: DFNS_USER }], { token })
    await CALLS.dfns(client)
    expect(claimsOf(sent[0])).toMatchObject({ aud: 'activate', ath: hash(token) })
  })
})

describe('createKeySigner', () => {
  it.each(ALGORITHMS)('signs by %s with a PEM and with a key of WebCrypto', async (algorithm) => {
    const options: KeySignerOptions[] = [
      { credentialId: 'cr-2', privateKey: pemOf(algorithm), algorithm },
      { credentialId: 'cr-2', privateKey: await keyOf(algorithm) },
    ]
    for (const option of options) {
      const signer = createKeySigner(option)
      expect(signer).toMatchObject({ credentialId: 'cr-2', algorithm })
      const answers = [503, 200].map((status) => ({ status, body: DFNS_USER }))
      const { client, sent } = createClientDouble(answers, { signer })
      await CALLS.dfns(client)
      for (const request of sent) {
        const { header } = await verify(proofOf(request), PAIRS[algorithm].publicKey)
        expect(header).toEqual({ alg: algorithm, typ: 'ua-proof+jwt', kid: 'cr-2' })
        const pem = PAIRS[algorithm].publicKey.export({ type: 'spki', format: 'pem' }).toString()
        expect(await verifyProofSignature(proofOf(request), algorithm, pem)).toBeNull()
      }
    }
  })

  const sec1 = PAIRS.ES256.privateKey.export({ type: 'sec1', format: 'pem' }).toString()
  const spki = PAIRS.EdDSA.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  it.each([
    { name: 'a PEM in the form of SEC 1', privateKey: sec1, algorithm: 'ES256' as const },
    { name: 'a public key', privateKey: spki, algorithm: 'EdDSA' as const },
    { name: 'an algorithm of no proof', privateKey: pemOf('ES256'), algorithm: 'HS256' as 'ES256' },
    {
      name: 'a member of every object',
      privateKey: pemOf('ES256'),
      algorithm: 'toString' as 'ES256',
    },
  ])('refuses $name at once', (options) => {
    expect(() => createKeySigner({ credentialId: 'cr-2', ...options })).toThrow(
      expect.objectContaining({ name: 'ActivateError', code: 'misconfigured' }),
    )
  })

  it('refuses keys of WebCrypto that are of no algorithm, or may not sign', async () => {
    const generate = (algorithm: Parameters<SubtleCrypto['generateKey']>[0], use: string[]) =>
      crypto.subtle.generateKey(algorithm, false, use as never) as Promise<CryptoKeyPair>
    const pairs = await Promise.all([
      generate({ name: 'ECDSA', namedCurve: 'P-521' }, ['sign', 'verify']),
      generate({ name: 'ECDH', namedCurve: 'P-256' }, ['deriveBits']),
    ])
    for (const key of [...pairs.map(({ privateKey }) => privateKey), publicKey]) {
      expect(() => createKeySigner({ credentialId: 'cr-2', privateKey: key })).toThrow(
        expect.objectContaining({ code: 'misconfigured' }),
      )
    }
  })

  it('asks a key of WebCrypto for its algorithm, whatever it is said to be', async () => {
    const create = (privateKey: CryptoKey, algorithm: SignatureAlgorithm) =>
      createKeySigner({ credentialId: 'cr-2', privateKey, algorithm } as never)
    const key = await keyOf('ES256')
    expect(create(key, 'ES256').algorithm).toBe('ES256')
    for (const [wrong, algorithm] of [
      [key, 'ES384'],
      [await keyOf('RS256'), 'PS256'],
      [publicKey, 'EdDSA'],
      [PAIRS.EdDSA.privateKey as never, 'EdDSA'],
      [undefined as never, 'EdDSA'],
    ] as const) {
      expect(() => create(wrong, algorithm)).toThrow(
        expect.objectContaining({ name: 'ActivateError', code: 'misconfigured' }),
      )
    }
  })

  it('says nothing of a key that is of another algorithm than it is said to be', async () => {
    const signer = createKeySigner({
      credentialId: 'cr-2',
      privateKey: pemOf('ES256'),
      algorithm: 'EdDSA',
    })
    const { client, sent } = createClientDouble([], { signer })
    const error = await failureOf(CALLS.dfns(client))
    expect(error).toMatchObject({ code: 'misconfigured', attempts: 0 })
    expect(error.message).toBe('the key is no PKCS #8 key of EdDSA')
    expect(sent).toEqual([])
  })
})
