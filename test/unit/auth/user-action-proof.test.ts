/**
 * The client-signed proof: twelve checks (RULES.md section 2.5), each with what it must refuse, in a proof that is
 * signed well all the same.
 */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  isProof,
  readProof,
  verifyProofSignature,
  type ProofRequest,
} from '../../../src/auth/user-action-proof.ts'
import type { Credential } from '../../../src/core/user.ts'
import { writeEcdsaDer } from '../../support/der-writer.ts'
import { writeSegment } from '../../support/jws.ts'
import {
  createProofSigner,
  writeProof,
  type ProofAlgorithm,
  type ProofForgery,
  type ProofKeyType,
  type ProofSigner,
} from '../../support/proofs.ts'
import {
  NOW,
  ORGANIZATION_ID,
  sampleCredential,
  samplePrincipal,
  userId,
} from '../../support/sample.ts'
import { createSigner } from '../../support/signer.ts'

const BODY = '{"reason":"back from leave"}'
const REQUEST: ProofRequest = {
  principal: samplePrincipal(),
  bearer: 'header.payload.signature',
  method: 'PUT',
  url: `https://api.example.test/auth/users/${userId('target')}/activate`,
  body: new TextEncoder().encode(BODY),
  audience: 'activate',
  now: NOW,
  skewSeconds: 30,
}
const IAT = NOW / 1000
const JTI = 'jti-of-at-least-22-characters'
const ATH = createHash('sha256').update(REQUEST.bearer).digest()
const OTHER = samplePrincipal({
  subject: userId('other'),
  reference: { by: 'id', userId: userId('other') },
})
const SPACED = new TextEncoder().encode(BODY.replace(':', ': '))
const toBase64 = (bytes: Buffer): string => bytes.toString('base64')

const SIGNERS: Readonly<Record<ProofKeyType, ProofSigner>> = {
  Ed25519: await createProofSigner('Ed25519'),
  'P-256': await createProofSigner('P-256'),
  'P-384': await createProofSigner('P-384'),
  RSA: await createProofSigner('RSA'),
}
const SIGNER = SIGNERS.Ed25519

/** Signs the request of all tests. */
const sign = (forgery: ProofForgery = {}, signer = SIGNER): Promise<string> => {
  const { bearer, method, url, audience, principal } = REQUEST
  const request = { bearer, method, url, audience, subject: principal.subject }
  return writeProof(signer, { ...request, body: BODY, now: NOW }, forgery)
}

const credentialOf = (signer: ProofSigner, members: Partial<Credential> = {}): Credential =>
  sampleCredential({
    credentialId: signer.credentialId,
    algorithm: signer.algorithm,
    publicKeyPem: signer.publicKeyPem,
    ...members,
  })

/** Names the refusal of a proof by the checks that need no key; null where there is none. */
async function causeOf(
  proof: string | Promise<string>,
  request: Partial<ProofRequest> = {},
): Promise<string | null> {
  const read = await readProof(await proof, { ...REQUEST, ...request })
  if (read.ok) return null
  expect(read.failure.reason).toBe('user_action_invalid')
  return 'cause' in read.failure ? read.failure.cause : ''
}

/** Names what is wrong with a credential that is good for a proof but for what is said. */
async function problemOf(
  given: {
    readonly forgery?: ProofForgery
    readonly signer?: ProofSigner
    readonly credential?: Partial<Credential>
    readonly principal?: ProofRequest['principal']
  } = {},
): Promise<string | null | undefined> {
  const { forgery = {}, signer = SIGNER, credential = {}, principal = REQUEST.principal } = given
  const read = await readProof(await sign(forgery, signer), { ...REQUEST, principal })
  if (!read.ok) throw new Error(`refused before: ${JSON.stringify(read.failure)}`)
  return read.value.confirm?.(credentialOf(signer, credential))
}

/** A proof whose segments are these, and whose signature nobody reads. */
const segments = (header: unknown, payload: unknown): string =>
  `${writeSegment(header)}.${writeSegment(payload)}.${'A'.repeat(86)}`

const HEADER = { alg: 'EdDSA', typ: 'ua-proof+jwt', kid: SIGNER.credentialId }

describe('isProof', () => {
  it('knows a proof by its type', async () => {
    expect(isProof(await sign())).toBe(true)
  })

  it('knows a proof that came together with another one', async () => {
    expect(isProof(`${await sign()}, ${await sign()}`)).toBe(true)
  })

  it.each([
    { name: 'nothing', text: '' },
    { name: 'no token', text: 'ua-proof+jwt' },
    { name: 'a user action of the challenge flow', text: segments({ typ: 'user-action+jwt' }, {}) },
    { name: 'a proof of possession', text: segments({ ...HEADER, typ: 'dpop+jwt' }, {}) },
    { name: 'the type in capitals', text: segments({ ...HEADER, typ: 'UA-PROOF+JWT' }, {}) },
    { name: 'a media type', text: segments({ ...HEADER, typ: 'application/ua-proof+jwt' }, {}) },
    { name: 'the type in a list', text: segments({ ...HEADER, typ: ['ua-proof+jwt'] }, {}) },
    { name: 'no type', text: segments({ alg: 'EdDSA' }, {}) },
    { name: 'a list for a header', text: segments(['ua-proof+jwt'], {}) },
    { name: 'a header that is no base64url', text: '{"typ":"ua-proof+jwt"}.e30.AA' },
    { name: 'two types', text: segments('{"typ":"jwt","typ":"ua-proof+jwt"}', {}) },
    { name: 'a proof after a token', text: `a.b.c, ${segments(HEADER, {})}` },
    { name: 'more than 4,096 bytes', text: segments(HEADER, 'a'.repeat(4_096)) },
  ])('leaves $name to the verifier of tokens', ({ text }) => {
    expect(isProof(text)).toBe(false)
  })
})

describe('readProof', () => {
  it('answers with the proof as evidence, and the key of its one use', async () => {
    const proof = await sign({ claims: { jti: JTI } })
    const used = ['ua-proof', ORGANIZATION_ID, SIGNER.credentialId, JTI].join('\n')
    expect(await readProof(proof, REQUEST)).toEqual({
      ok: true,
      value: {
        usedHash: createHash('sha256').update(used).digest('hex'),
        purpose: 'ua-proof',
        expiresAt: NOW + (60 + 30 + 60) * 1000,
        epoch: null,
        evidence: { credentialId: SIGNER.credentialId, credentialKind: 'Key', proof },
        confirm: expect.any(Function) as unknown,
      },
    })
  })

  it('gives every use a key of its own, by organization, credential and jti', async () => {
    const usedHashOf = async (proof: string, request: Partial<ProofRequest> = {}) => {
      const read = await readProof(proof, { ...REQUEST, ...request })
      return read.ok ? read.value.usedHash : null
    }
    const elsewhere = samplePrincipal({ organizationId: 'or-11111-11111-1111111111111111' })
    const proof = await sign({ claims: { jti: JTI } })
    const hashes = [
      await usedHashOf(proof),
      await usedHashOf(proof, { principal: elsewhere }),
      await usedHashOf(await sign({ claims: { jti: `${JTI}-2` } })),
      await usedHashOf(await sign({ claims: { jti: JTI } }, SIGNERS['P-256'])),
    ]
    expect(hashes).not.toContain(null)
    expect(new Set(hashes).size).toBe(hashes.length)
    expect(await usedHashOf(await sign({ claims: { jti: JTI, iat: IAT - 1 } }))).toBe(hashes[0])
  })

  it('remembers a use for longer than its proof is good for', async () => {
    const ahead = await sign({ claims: { iat: IAT + 5 } })
    const read = await readProof(ahead, { ...REQUEST, skewSeconds: 0 })
    expect(read.ok && read.value.expiresAt).toBe(NOW + (5 + 60 + 0 + 60) * 1000)
  })

  it('takes an empty body for no bytes at all', async () => {
    const bh = createHash('sha256').digest('base64url')
    expect(await causeOf(sign({ claims: { bh } }), { body: new Uint8Array() })).toBeNull()
  })

  it.each([
    { name: 'takes our id of a user', sub: userId('admin'), cause: null },
    { name: 'refuses the subject itself', sub: 'ada@example.test', cause: 'subject_mismatch' },
    { name: 'refuses another user', sub: userId('other'), cause: 'subject_mismatch' },
  ])('$name beside a bearer of an outside issuer', async ({ sub, cause }) => {
    const principal = samplePrincipal({
      subject: 'ada@example.test',
      reference: { by: 'external_id', externalId: 'hr-1' },
      isOwn: false,
    })
    expect(await problemOf({ forgery: { claims: { sub } }, principal })).toBe(cause)
  })

  // 2.5.1
  it.each([
    { name: 'two proofs', join: (one: string, other: string) => `${one}, ${other}` },
    { name: 'one proof twice', join: (one: string) => `${one},${one}` },
    { name: 'a proof and a token', join: (one: string) => `${one}, a.b.c` },
    { name: 'a proof and nothing', join: (one: string) => `${one},` },
  ])('refuses $name in one header', async ({ join }) => {
    expect(await causeOf(join(await sign(), await sign()))).toBe('several_headers')
  })

  // 2.5.2
  it.each([
    { name: 'nothing', spell: () => '', cause: 'not_three_segments' },
    { name: 'two segments', spell: (one: string) => one.slice(0, one.lastIndexOf('.')) },
    { name: 'a segment without a character', spell: (one: string) => `${one}.` },
    { name: 'no signature', spell: (one: string) => one.replace(/[^.]*$/, '') },
    { name: 'padding', spell: (one: string) => `${one}==` },
    { name: 'a blank in front', spell: (one: string) => ` ${one}` },
    { name: 'spare bits', spell: (one: string) => `${one.slice(0, -1)}_`, cause: 'not_canonical' },
    { name: '4,097 bytes', spell: (one: string) => one.padEnd(4_097, 'A'), cause: 'too_long' },
    { name: 'a header of text', spell: () => segments('text', {}), cause: 'header_not_json' },
    { name: 'a payload of text', spell: () => segments(HEADER, 'text'), cause: 'payload_not_json' },
    { name: 'no kid', spell: () => segments({ ...HEADER, kid: undefined }, {}), cause: 'kid_' },
    { name: 'a path as kid', spell: () => segments({ ...HEADER, kid: '../a' }, {}), cause: 'kid_' },
  ])('refuses $name', async ({ spell, cause = 'not_three_segments' }) => {
    expect(await causeOf(spell(await sign()))).toMatch(new RegExp(`^${cause}`))
  })

  it.each([
    { name: 'a kid', part: 'header', member: '"kid":"other",' },
    { name: 'a type', part: 'header', member: '"typ":"ua-proof+jwt",' },
    { name: 'an address', part: 'claims', member: '"htu":"https://other.example/",' },
    { name: 'a jti in other letters', part: 'claims', member: '"\\u006ati":"other",' },
  ])('refuses $name said twice', async ({ part, member }) => {
    const proof = sign({ [part]: (json: string) => json.replace('{', `{${member}`) })
    expect(await causeOf(proof)).toMatch(/duplicate_name$/)
  })

  it('takes a proof of 4,096 bytes and none that is longer', async () => {
    const { length } = await sign()
    // Blanks are part of the signed JSON, and three bytes are four characters.
    const room = Math.floor(((4_096 - length) * 3) / 4)
    const padBy = (count: number) =>
      sign({ claims: (json) => json.replace('}', `${' '.repeat(count)}}`) })
    const proofs = await Promise.all([-1, 0, 1, 2].map((more) => padBy(room + more)))
    const isShort = proofs.map((proof) => proof.length <= 4_096)
    const causes = await Promise.all(proofs.map((proof) => causeOf(proof)))
    expect(causes).toEqual(isShort.map((one) => (one ? null : 'too_long')))
    expect(new Set(isShort).size).toBe(2)
  })

  // 2.5.3
  it.each(['htm', 'htu', 'bh', 'ath', 'iat', 'jti', 'sub', 'aud'])(
    'refuses a proof without the claim %s',
    async (claim) => {
      expect(await causeOf(sign({ claims: { [claim]: undefined } }))).toBe('claims_invalid')
      expect(await causeOf(sign({ claims: { [claim]: null } }))).toBe('claims_invalid')
    },
  )

  it.each<Readonly<Record<string, unknown>>>([
    ...[{ htm: ['PUT'] }, { htu: 1 }, { bh: {} }, { jti: 1e21 }, { sub: 1 }, { aud: ['activate'] }],
    ...[{ iat: `${IAT}` }, { iat: true }, { exp: [IAT + 60] }, { exp: null }, { exp: `${IAT}` }],
    // What is not understood might say that less is meant.
    ...[{ nbf: IAT }, { iss: 'https://api.example.test' }, { cnf: { jkt: 'AA' } }],
    ...[{ constructor: 'x' }, { '': 'x' }, { HTM: 'PUT' }],
  ])('refuses %o among the claims', async (claims) => {
    expect(await causeOf(sign({ claims }))).toBe('claims_invalid')
  })

  // 2.5.4
  it.each([
    ...['dpop+jwt', 'JWT', 'at+jwt', 'user-action+jwt', 'ua-proof', 'ua-proof+jwt ', '', 1, null],
    ...['application/ua-proof+jwt', 'UA-PROOF+JWT', 'Ua-Proof+jwt', undefined],
  ])('refuses the type %s', async (typ) => {
    expect(await causeOf(sign({ header: { typ } }))).toBe('type_mismatch')
  })

  // 2.5.5
  it.each([
    ...['none', 'None', '', 'HS256', 'HS512', 'ES512', 'ES256K', 'RS384', 'RS512', 'PS384'],
    ...['Ed25519', 'Ed448', 'eddsa', 'es256', 'RSA-OAEP', 'constructor', 1, ['EdDSA'], undefined],
  ])('refuses the algorithm %s', async (alg) => {
    expect(await causeOf(sign({ header: { alg } }))).toBe('algorithm_not_allowed')
  })

  // 2.5.7
  it.each([
    { header: { jwk: { kty: 'OKP' } }, cause: 'header_member_forbidden' },
    { header: { jku: 'https://keys.example' }, cause: 'header_member_forbidden' },
    { header: { x5c: ['AA'] }, cause: 'header_member_forbidden' },
    { header: { b64: false }, cause: 'header_member_forbidden' },
    { header: { crit: ['exp'] }, cause: 'crit_unsupported' },
    { header: { d: 'AA' }, cause: 'header_member_unknown' },
    { header: { key: { kty: 'OKP' } }, cause: 'header_member_unknown' },
    { header: { 'x5t#S256': 'AA' }, cause: 'header_member_unknown' },
    { header: { cty: 'JWT' }, cause: 'header_member_unknown' },
    { header: { nonce: 'AA' }, cause: 'header_member_unknown' },
  ])('answers $cause to $header in the header', async ({ header, cause }) => {
    expect(await causeOf(sign({ header }))).toBe(cause)
  })

  // 2.5.8
  it.each(['POST', 'DELETE', 'put', 'Put', 'PUT ', ''])('refuses the method "%s"', async (htm) => {
    expect(await causeOf(sign({ claims: { htm } }))).toBe('method_mismatch')
  })

  // 2.5.9
  it.each([
    { name: 'another user', htu: REQUEST.url.replace('target', 'other') },
    { name: 'another verb', htu: REQUEST.url.replace('activate', 'deactivate') },
    { name: 'another host', htu: REQUEST.url.replace('api.', 'api2.') },
    { name: 'another scheme', htu: REQUEST.url.replace('https', 'http') },
    { name: 'the port that goes without saying', htu: REQUEST.url.replace('.test/', '.test:443/') },
    { name: 'a host in capitals', htu: REQUEST.url.replace('api.', 'API.') },
    { name: 'a slash at the end', htu: `${REQUEST.url}/` },
    { name: 'a query', htu: `${REQUEST.url}?` },
    { name: 'a fragment', htu: `${REQUEST.url}#` },
    { name: 'an encoded letter', htu: REQUEST.url.replace('/activate', '/%61ctivate') },
    { name: 'a detour', htu: REQUEST.url.replace('/auth', '/auth/../auth') },
    { name: 'the path alone', htu: new URL(REQUEST.url).pathname },
    { name: 'nothing', htu: '' },
  ])('refuses an address with $name', async ({ htu }) => {
    expect(await causeOf(sign({ claims: { htu } }))).toBe('url_mismatch')
  })

  // 2.5.10
  it.each(['nonce-of-another-service', '', null, 1])('refuses the nonce %s', async (nonce) => {
    expect(await causeOf(sign({ claims: { nonce } }))).toBe('nonce_not_issued')
  })

  // 2.5.11
  it.each([
    { name: 'made now', claims: { iat: IAT }, cause: null },
    { name: 'made 60 s ago', claims: { iat: IAT - 60 }, cause: null },
    { name: 'made 61 s ago', claims: { iat: IAT - 61 }, cause: 'too_old' },
    { name: 'made at the beginning of time', claims: { iat: 0 }, cause: 'too_old' },
    { name: 'made in 5 s', claims: { iat: IAT + 5 }, cause: null },
    { name: 'made in 6 s', claims: { iat: IAT + 6 }, cause: 'issued_in_the_future' },
    { name: 'made in milliseconds', claims: { iat: NOW }, cause: 'issued_in_the_future' },
    { name: 'made at half a second', claims: { iat: IAT - 0.5 }, cause: 'time_invalid' },
    { name: 'made before all time', claims: { iat: -1 }, cause: 'time_invalid' },
    { name: 'made at no safe number', claims: { iat: 2 ** 53 }, cause: 'time_invalid' },
    { name: 'that ends in 60 s', claims: { exp: IAT + 60 }, cause: null },
    { name: 'that ends in 61 s', claims: { exp: IAT + 61 }, cause: 'lifetime_invalid' },
    { name: 'that ends as it begins', claims: { exp: IAT }, cause: 'lifetime_invalid' },
    { name: 'that ends before', claims: { exp: IAT - 1 }, cause: 'lifetime_invalid' },
    { name: 'that ends at half a second', claims: { exp: IAT + 0.5 }, cause: 'time_invalid' },
    { name: 'that ends at no safe number', claims: { exp: 2 ** 53 }, cause: 'time_invalid' },
    { name: 'that ends in 1 s', claims: { iat: IAT - 30, exp: IAT + 1 }, cause: null },
    { name: 'that ended now', claims: { iat: IAT - 30, exp: IAT }, cause: 'expired' },
    { name: 'that ended 1 s ago', claims: { iat: IAT - 30, exp: IAT - 1 }, cause: 'expired' },
  ])('answers $cause to a proof $name', async ({ claims, cause }) => {
    expect(await causeOf(sign({ claims }))).toBe(cause)
  })

  it('refuses times without end', async () => {
    const endless = (json: string) => json.replace(/"iat":\d+/, '"iat":1e400')
    expect(await causeOf(sign({ claims: endless }))).toBe('payload_number_out_of_range')
  })

  it.each([
    { name: '60 s after its second', now: NOW + 60_000, cause: null },
    { name: 'a millisecond later', now: NOW + 60_001, cause: 'too_old' },
    { name: '5 s before its second', now: NOW - 5_000, cause: null },
    { name: 'a millisecond earlier', now: NOW - 5_001, cause: 'issued_in_the_future' },
  ])('answers $cause to a proof $name', async ({ now, cause }) => {
    expect(await causeOf(sign(), { now })).toBe(cause)
  })

  it('lets a proof end with the very millisecond of its end', async () => {
    const proof = await sign({ claims: { exp: IAT + 10 } })
    expect(await causeOf(proof, { now: NOW + 9_999 })).toBeNull()
    expect(await causeOf(proof, { now: NOW + 10_000 })).toBe('expired')
  })

  // 2.5.12
  it.each<{ name: string; claims: Readonly<Record<string, string>>; cause: string }>([
    { name: 'the hash of no bearer', claims: { ath: '' }, cause: 'bearer_mismatch' },
    { name: 'the bearer itself', claims: { ath: REQUEST.bearer }, cause: 'bearer_mismatch' },
    { name: 'the hash in hex', claims: { ath: ATH.toString('hex') }, cause: 'bearer_mismatch' },
    { name: 'the hash in base64', claims: { ath: toBase64(ATH) }, cause: 'bearer_mismatch' },
    { name: 'another subject', claims: { sub: userId('other') }, cause: 'subject_mismatch' },
    { name: 'no subject', claims: { sub: '' }, cause: 'subject_mismatch' },
    { name: 'the hash of no body', claims: { bh: '' }, cause: 'body_mismatch' },
    { name: 'a jti of 21 characters', claims: { jti: 'a'.repeat(21) }, cause: 'jti_invalid' },
    { name: 'a jti of 129 characters', claims: { jti: 'a'.repeat(129) }, cause: 'jti_invalid' },
    { name: 'a jti with a blank', claims: { jti: `${JTI} x` }, cause: 'jti_invalid' },
    { name: 'a jti with a line feed', claims: { jti: `${JTI}\n` }, cause: 'jti_invalid' },
    { name: 'a jti beyond ASCII', claims: { jti: `${JTI}é` }, cause: 'jti_invalid' },
    { name: 'another audience', claims: { aud: 'other' }, cause: 'audience_mismatch' },
    { name: "a token's audience", claims: { aud: 'activate/x' }, cause: 'audience_mismatch' },
    { name: 'no audience', claims: { aud: '' }, cause: 'audience_mismatch' },
  ])('refuses $name', async ({ claims, cause }) => {
    expect(await causeOf(sign({ claims }))).toBe(cause)
  })

  it.each<{ name: string; request: Partial<ProofRequest>; cause: string }>([
    { name: 'another bearer', request: { bearer: 'a.b.c' }, cause: 'bearer_mismatch' },
    { name: 'another caller', request: { principal: OTHER }, cause: 'subject_mismatch' },
    { name: 'no body', request: { body: new Uint8Array() }, cause: 'body_mismatch' },
    { name: 'the body with a blank', request: { body: SPACED }, cause: 'body_mismatch' },
    { name: 'another method', request: { method: 'DELETE' }, cause: 'method_mismatch' },
    { name: 'another address', request: { url: `${REQUEST.url}/x` }, cause: 'url_mismatch' },
    { name: 'another service', request: { audience: 'other' }, cause: 'audience_mismatch' },
  ])('refuses a good proof beside $name', async ({ request, cause }) => {
    expect(await causeOf(sign(), request)).toBe(cause)
  })

  it.each([
    { name: '22 characters', jti: 'a'.repeat(22) },
    { name: '128 characters', jti: 'a'.repeat(128) },
    { name: 'the form of a UUID', jti: '3f2c1c6e-4b7a-4f0e-9a53-0d2f6b1f8e11' },
    { name: 'all of its signs', jti: 'AZaz09._~-AZaz09._~-AZ' },
  ])('takes a jti of $name', async ({ jti }) => {
    expect(await causeOf(sign({ claims: { jti } }))).toBeNull()
  })
})

describe('confirm', () => {
  it.each<{ type: ProofKeyType; alg: ProofAlgorithm }>([
    { type: 'Ed25519', alg: 'EdDSA' },
    { type: 'P-256', alg: 'ES256' },
    { type: 'P-384', alg: 'ES384' },
    { type: 'RSA', alg: 'RS256' },
    { type: 'RSA', alg: 'PS256' },
  ])('takes $alg by a key of type $type', async ({ type, alg }) => {
    const forgery = { header: { alg }, signedAs: alg }
    expect(await problemOf({ signer: SIGNERS[type], forgery })).toBeNull()
  })

  // 2.5.5
  it('takes no algorithm by a key of another type', async () => {
    const names = ['EdDSA', 'ES256', 'ES384', 'RS256', 'PS256']
    const pairs = Object.values(SIGNERS).flatMap((signer) => names.map((alg) => ({ signer, alg })))
    const answers = await Promise.all(
      pairs.map(async ({ signer, alg }) => {
        const problem = await problemOf({ signer, forgery: { header: { alg } } })
        return problem === 'algorithm_unfit' ? [] : [`${signer.algorithm} ${alg}`]
      }),
    )
    expect(answers.flat()).toEqual([
      ...['Ed25519 EdDSA', 'P-256 ES256', 'P-384 ES384'],
      ...['RSA RS256', 'RSA PS256'],
    ])
  })

  it('takes nothing by a key of type secp256k1', async () => {
    const { publicKeyPem } = await createSigner('secp256k1')
    const credential = { publicKeyPem, algorithm: 'secp256k1' as const }
    expect(await problemOf({ signer: SIGNERS['P-256'], credential })).toBe('algorithm_unfit')
  })

  // 2.5.6
  it.each<{ name: string; type?: ProofKeyType; forgery: ProofForgery }>([
    { name: 'a signature of nothing', forgery: { signature: (bytes) => bytes.fill(0) } },
    { name: 'half a signature', forgery: { signature: (bytes) => bytes.subarray(0, 32) } },
    { name: 'a byte too many', forgery: { signature: (bytes) => Uint8Array.of(...bytes, 0) } },
    { name: 'zeros for r and s', type: 'P-256', forgery: { signature: (bytes) => bytes.fill(0) } },
    { name: 'ECDSA in DER', type: 'P-256', forgery: { signature: writeEcdsaDer } },
    { name: 'PKCS#1 as PSS', type: 'RSA', forgery: { header: { alg: 'PS256' } } },
    { name: 'PSS as PKCS#1', type: 'RSA', forgery: { signedAs: 'PS256' } },
  ])('refuses $name', async ({ type = 'Ed25519', forgery }) => {
    expect(await problemOf({ signer: SIGNERS[type], forgery })).toBe('signature_invalid')
  })

  it('refuses a proof by another key of the same type', async () => {
    const { publicKeyPem } = await createProofSigner('Ed25519')
    expect(await problemOf({ credential: { publicKeyPem } })).toBe('signature_invalid')
  })

  it.each(Object.values(SIGNERS))(
    'refuses other claims than a key of type $algorithm signed',
    async (signer) => {
      const [header, , signature] = (await sign({}, signer)).split('.')
      // Those of another proof of the same request: every check passes but the one of the signature.
      const [, payload] = (await sign({}, signer)).split('.')
      const read = await readProof(`${header}.${payload}.${signature}`, REQUEST)
      const problem = read.ok && (await read.value.confirm?.(credentialOf(signer)))
      expect(problem).toBe('signature_invalid')
    },
  )

  it('refuses every proof of which one bit of the signature is another', async () => {
    const flip = (bit: number) => (bytes: Uint8Array) =>
      bytes.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
    const problems = await Promise.all(
      Array.from({ length: 512 }, (_, bit) => problemOf({ forgery: { signature: flip(bit) } })),
    )
    expect(problems.filter((problem) => problem !== 'signature_invalid')).toEqual([])
  })

  // K1, K2: the keys were checked when they were registered, and are again.
  it.each([
    { name: 'of small order', hex: `302a300506032b657003210001${'00'.repeat(31)}` },
    { name: 'of an unknown type', hex: `302a300506032b656e032100${'09'.repeat(32)}` },
  ])('refuses a stored key $name', async ({ hex }) => {
    const base64 = Buffer.from(hex, 'hex').toString('base64')
    const publicKeyPem = `-----BEGIN PUBLIC KEY-----\n${base64}\n-----END PUBLIC KEY-----\n`
    expect(await problemOf({ credential: { publicKeyPem } })).toBe('key_unusable')
  })

  it.each([
    { name: 'of a passkey', credential: { kind: 'Fido2' }, problem: 'credential_kind' },
    { name: 'that is off', credential: { isActive: false }, problem: 'credential_inactive' },
  ] as const)('refuses a credential $name', async ({ credential, problem }) => {
    expect(await problemOf({ credential })).toBe(problem)
  })

  // 2.5.12
  it("refuses a personal access token's key beside its owner's bearer", async () => {
    const credential = { accessTokenId: 'token-1' }
    expect(await problemOf({ credential })).toBe('credential_of_another_bearer')
  })

  it.each([
    { name: 'its own key', tokenId: 'token-1', accessTokenId: 'token-1', problem: null },
    { name: "its owner's key", tokenId: 'token-1', accessTokenId: null },
    { name: "another token's key", tokenId: 'token-1', accessTokenId: 'token-2' },
    { name: "its owner's key where it has no jti", tokenId: null, accessTokenId: null },
  ])('answers a personal access token with $name', async (row) => {
    const { tokenId, accessTokenId, problem = 'credential_of_another_bearer' } = row
    const principal = samplePrincipal({ tokenKind: 'personal_access_token', tokenId })
    expect(await problemOf({ credential: { accessTokenId }, principal })).toBe(problem)
  })
})

describe('verifyProofSignature', () => {
  it('needs nothing but the proof and the key when the request is long gone', async () => {
    const proof = await sign({ claims: { iat: 0 } })
    expect(await verifyProofSignature(proof, 'EdDSA', SIGNER.publicKeyPem)).toBeNull()
    expect(await verifyProofSignature(proof, undefined, SIGNER.publicKeyPem)).toBe(
      'algorithm_unfit',
    )
    expect(await verifyProofSignature(proof, 'EdDSA', 'no key')).toBe('key_unusable')
  })
})
