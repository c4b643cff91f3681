/**
 * W3C's vectors for passkeys in workerd, whole and with every mutation, and the same of generated passkeys (catalogue
 * C4). Each verdict is exact: the evidence, or the problem that the mutation makes.
 */
import { decode } from 'cborg'
import { afterAll, describe, expect, it } from 'vitest'
import { parseAuthenticatorData } from '../../src/auth/authenticator-data.ts'
import { encodeBase64Url } from '../../src/auth/base64url.ts'
import { parseCoseKey } from '../../src/auth/cose-key.ts'
import {
  verifyPasskeyAttestation,
  type PasskeyAttestationProblem,
} from '../../src/auth/verify-attestation.ts'
import {
  verifyPasskeyAssertion,
  type PasskeyProblem,
} from '../../src/auth/verify-passkey-assertion.ts'
import type { RelyingParty } from '../../src/auth/webauthn-client-data.ts'
import {
  bytesOf,
  createAuthenticator,
  FLAG,
  PARTY,
  PASSKEY_ALGORITHMS,
} from '../support/authenticator.ts'
import {
  mutateAssertion,
  mutateRegistration,
  type AssertionCase,
  type Mutation,
  type RegistrationCase,
} from './webauthn-mutations.ts'

const FOLDER = '../shared/vectors/webauthn'

/** Others' file, read where it lies and never copied; none where the folder does not exist. */
const FILES = import.meta.glob('../../../shared/vectors/webauthn/*.json', {
  eager: true,
  import: 'default',
})
const [file] = Object.values(FILES) as { credentials: readonly Vector[] }[]
if (!file) {
  console.warn(`SKIPPED: there is no folder ${FOLDER}; nothing was shown about W3C's vectors.`)
}

/** A credential of the file; all members in hex. */
interface Vector {
  readonly name: string
  readonly registration: Readonly<
    Record<'challenge' | 'credential_id' | 'clientDataJSON' | 'attestationObject', string>
  >
  readonly authentication: Readonly<
    Record<'challenge' | 'clientDataJSON' | 'authenticatorData' | 'signature', string>
  >
}

type Verdict = PasskeyProblem | PasskeyAttestationProblem | null

/** W8: the service wants the user verified; W3C's relying party, in most of its samples, did without. */
const REQUIRED: RelyingParty = PARTY
const PREFERRED: RelyingParty = { ...PARTY, userVerification: 'preferred' }

/**
 * The file's credentials, by what becomes of registration and assertion where the user need not be verified, and by
 * which of the two say that the user was. Catalogue C4: K1 refuses ES512 and Ed448, W6 a page of ours in another; makers'
 * attestations are not taken, so that only the key is read from them.
 */
const VECTORS: Readonly<
  Record<
    string,
    { readonly registration: Verdict; readonly assertion: Verdict; readonly verified: string }
  >
> = {
  'none-es256': { registration: null, assertion: null, verified: '' },
  'packed-self-es256': { registration: null, assertion: null, verified: 'registration' },
  'none-es256-crossOrigin': {
    registration: 'cross_origin',
    assertion: 'cross_origin',
    verified: 'both',
  },
  'none-es256-topOrigin': {
    registration: 'cross_origin',
    assertion: 'cross_origin',
    verified: 'assertion',
  },
  'none-es256-long-credential-id': { registration: null, assertion: null, verified: 'assertion' },
  'packed-es256': { registration: 'attestation_unsupported', assertion: null, verified: 'both' },
  'packed-es384': {
    registration: 'attestation_unsupported',
    assertion: null,
    verified: 'assertion',
  },
  'packed-es512': {
    registration: 'algorithm_unsupported',
    assertion: 'algorithm_unsupported',
    verified: 'registration',
  },
  'packed-rs256': {
    registration: 'attestation_unsupported',
    assertion: null,
    verified: 'registration',
  },
  'packed-eddsa': { registration: 'attestation_unsupported', assertion: null, verified: '' },
  'packed-ed448': {
    registration: 'algorithm_unsupported',
    assertion: 'algorithm_unsupported',
    verified: 'assertion',
  },
  'tpm-es256': { registration: 'attestation_unsupported', assertion: null, verified: 'both' },
  'android-key-es256': {
    registration: 'attestation_unsupported',
    assertion: null,
    verified: 'registration',
  },
  'apple-es256': { registration: 'attestation_unsupported', assertion: null, verified: '' },
  'fido-u2f-es256': { registration: 'attestation_unsupported', assertion: null, verified: '' },
}

/** The order of the checks, by which of two faults is named; both ceremonies share the middle. */
const ORDER: readonly Verdict[] = [
  'authenticator_data_too_long',
  'signature_too_long',
  'user_handle_mismatch',
  'client_data_too_long',
  'client_data_not_utf8',
  'client_data_byte_order_mark',
  'client_data_not_json',
  'client_data_duplicate_name',
  'client_data_not_object',
  'type_mismatch',
  'challenge_mismatch',
  'origin_mismatch',
  'cross_origin',
  'top_origin',
  'attestation_too_long',
  'attestation_malformed',
  'authenticator_data_too_short',
  'attested_data_malformed',
  'extensions_malformed',
  'authenticator_data_trailing',
  'relying_party_mismatch',
  'user_not_present',
  'user_not_verified',
  'backup_state_invalid',
  'backup_eligibility_changed',
  'key_unusable',
  'signature_invalid',
  'counter_not_risen',
  'algorithm_unsupported',
  'cose_key_malformed',
  'point_invalid',
  'attestation_unsupported',
  'attestation_invalid',
  'credential_id_mismatch',
]

const firstOf = (verdicts: readonly Verdict[]): Verdict => {
  const places = verdicts.filter((one) => one !== null).map((one) => ORDER.indexOf(one))
  return places.length === 0 ? null : (ORDER[Math.min(...places)] ?? null)
}

const fromHex = (hex: string) =>
  Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))

async function judgeAssertion(given: AssertionCase): Promise<Verdict> {
  const { clientData, authenticatorData, signature, userHandle, ...known } = given
  const verified = await verifyPasskeyAssertion({
    assertion: {
      clientData: encodeBase64Url(clientData),
      authenticatorData: encodeBase64Url(authenticatorData),
      signature: encodeBase64Url(signature),
      userHandle,
    },
    ...known,
  })
  return verified.ok ? null : verified.failure
}

async function judgeRegistration(given: RegistrationCase): Promise<Verdict> {
  const { credentialId, clientData, object, ...known } = given
  const verified = await verifyPasskeyAttestation({
    attestation: {
      credentialId: encodeBase64Url(credentialId),
      clientData: encodeBase64Url(clientData),
      attestationData: encodeBase64Url(object),
    },
    ...known,
  })
  return verified.ok ? null : verified.failure
}

/** Reads what a vector stores at its registration, whatever its attestation is; a problem where its key is refused. */
async function storedOf(vector: Vector) {
  const object = decode(fromHex(vector.registration.attestationObject), { useMaps: true }) as Map<
    string,
    unknown
  >
  const parsed = parseAuthenticatorData(object.get('authData') as Uint8Array)
  if (!parsed.ok || !parsed.value.attested) throw new Error(vector.name)
  const key = await parseCoseKey(parsed.value.attested.coseKey)
  if (!key.ok) return key.failure
  const { signCount, isBackupEligible } = parsed.value
  return { publicKeyPem: key.value.pem, signCount, isBackupEligible, userId: 'us-1' }
}

const registrationOf = (
  { registration }: Vector,
  relyingParty: RelyingParty,
): RegistrationCase => ({
  credentialId: fromHex(registration.credential_id),
  clientData: fromHex(registration.clientDataJSON),
  object: fromHex(registration.attestationObject),
  // The file has bytes where we issue a text, and its browser wrote the one text that these bytes have.
  challenge: encodeBase64Url(fromHex(registration.challenge)),
  relyingParty,
})

async function assertionOf(
  vector: Vector,
  relyingParty: RelyingParty,
): Promise<AssertionCase | Verdict> {
  const { authentication } = vector
  const credential = await storedOf(vector)
  if (typeof credential === 'string') return credential
  return {
    clientData: fromHex(authentication.clientDataJSON),
    authenticatorData: fromHex(authentication.authenticatorData),
    signature: fromHex(authentication.signature),
    credential,
    challenge: encodeBase64Url(fromHex(authentication.challenge)),
    relyingParty,
  }
}

/** Judges a sample, whose own faults are known, with each mutation; lists those whose verdict is another than it has to be. */
async function judgeMutations<Case extends object, Problem extends Verdict>(
  base: Case,
  faults: readonly Verdict[],
  mutations: readonly Mutation<Case, Problem>[],
  judge: (given: Case) => Promise<Verdict>,
): Promise<{ count: number; wrong: string[] }> {
  const wrong: string[] = []
  for (const { name, changes, problem, lifts } of mutations) {
    const expected = firstOf([...faults.filter((one) => one !== lifts), problem])
    const judged = await judge({ ...base, ...changes })
    if (judged !== expected) wrong.push(`${name}: ${judged} instead of ${expected}`)
  }
  return { count: mutations.length, wrong }
}

let vectors = 0
let mutated = 0
let generated = 0
let flipped = 0

describe.skipIf(!file)("W3C's vectors", () => {
  const credentials = (file?.credentials ?? []).map((vector) => ({ name: vector.name, vector }))
  const faultsOf = (
    { name }: Vector,
    ceremony: 'registration' | 'assertion',
    party: RelyingParty,
  ) => {
    const row = VECTORS[name]
    if (!row) throw new Error(`nobody said what becomes of ${name}`)
    const isVerified = party === PREFERRED || ['both', ceremony].includes(row.verified)
    return [row[ceremony], isVerified ? null : ('user_not_verified' as const)]
  }

  it('are fifteen, and each is known', () => {
    expect(credentials.map(({ name }) => name)).toEqual(Object.keys(VECTORS))
    expect(credentials).toHaveLength(15)
  })

  it.each(credentials)('have the verdict that the rules have for $name', async ({ vector }) => {
    for (const party of [PREFERRED, REQUIRED]) {
      const registered = await judgeRegistration(registrationOf(vector, party))
      expect(registered).toBe(firstOf(faultsOf(vector, 'registration', party)))
      const assertion = await assertionOf(vector, party)
      const asserted =
        typeof assertion === 'object' && assertion ? await judgeAssertion(assertion) : assertion
      // A key that is refused signs nothing, so that nobody looks whether its user was verified.
      const isKeyless = VECTORS[vector.name]?.assertion === 'algorithm_unsupported'
      expect(asserted).toBe(firstOf(faultsOf(vector, 'assertion', isKeyless ? PREFERRED : party)))
    }
    vectors += 1
  })

  it.each(credentials)('keep to the rules in every mutation of $name', async ({ vector }) => {
    const wrong: string[] = []
    let count = 0
    for (const party of [PREFERRED, REQUIRED]) {
      const registration = registrationOf(vector, party)
      const registered = await judgeMutations(
        registration,
        faultsOf(vector, 'registration', party),
        mutateRegistration(registration),
        judgeRegistration,
      )
      wrong.push(...registered.wrong)
      count += registered.count
      const assertion = await assertionOf(vector, party)
      if (typeof assertion !== 'object' || !assertion) continue
      const asserted = await judgeMutations(
        assertion,
        faultsOf(vector, 'assertion', party),
        mutateAssertion(assertion),
        judgeAssertion,
      )
      wrong.push(...asserted.wrong)
      count += asserted.count
    }
    expect(wrong).toEqual([])
    expect(count).toBeGreaterThanOrEqual(30)
    mutated += count
  })

  it.each(credentials)(
    'are refused with any byte of the assertion of $name flipped',
    async ({ vector }) => {
      const assertion = await assertionOf(vector, PREFERRED)
      const accepted: string[] = []
      if (typeof assertion === 'object' && assertion) {
        for (const part of ['clientData', 'authenticatorData', 'signature'] as const) {
          for (const at of assertion[part].keys()) {
            const changed = assertion[part].map((byte, place) => (place === at ? byte ^ 1 : byte))
            if ((await judgeAssertion({ ...assertion, [part]: changed })) === null)
              accepted.push(`${part} ${at}`)
            flipped += 1
          }
        }
      }
      expect(accepted).toEqual([])
    },
  )
})

describe('generated passkeys', () => {
  const { UP, UV, BE, BS, AT } = FLAG
  const samples = PASSKEY_ALGORITHMS.flatMap((algorithm) =>
    [0, BE, BE | BS].flatMap((backup) =>
      ['none', 'packed'].map((format) => ({ algorithm, backup, format })),
    ),
  )

  it.each(samples)(
    'keep to the rules in every mutation by $algorithm with flags $backup and attestation $format',
    async ({ algorithm, backup, format }) => {
      const passkey = await createAuthenticator(algorithm)
      const said = { challenge: 'issued', signCount: 5 }
      const sent = await passkey.register({ ...said, format, flags: UP | UV | AT | backup })
      const registration = {
        credentialId: bytesOf(sent.credentialId),
        clientData: bytesOf(sent.clientData),
        object: bytesOf(sent.attestationData),
        challenge: 'issued',
        relyingParty: REQUIRED,
      }
      const given = await passkey.assert({ ...said, signCount: 6, flags: UP | UV | backup })
      const { publicKeyPem } = passkey
      const assertion = {
        clientData: bytesOf(given.clientData),
        authenticatorData: bytesOf(given.authenticatorData),
        signature: bytesOf(given.signature),
        credential: { publicKeyPem, signCount: 5, isBackupEligible: backup !== 0, userId: 'us-1' },
        challenge: 'issued',
        relyingParty: REQUIRED,
      }
      expect([await judgeRegistration(registration), await judgeAssertion(assertion)]).toEqual([
        null,
        null,
      ])
      const results = [
        await judgeMutations(registration, [], mutateRegistration(registration), judgeRegistration),
        await judgeMutations(assertion, [], mutateAssertion(assertion), judgeAssertion),
      ]
      expect(results.flatMap(({ wrong }) => wrong)).toEqual([])
      generated += results.reduce((sum, { count }) => sum + count, 0)
    },
  )
})

describe('the numbers of the catalogue', () => {
  afterAll(() => {
    console.log(
      `WebAuthn: ${vectors} vectors of W3C, ${mutated} mutations of them, ${flipped} flips, ${generated} mutations of generated passkeys.`,
    )
  })

  it('counts 450 mutations of the vectors and as many of generated passkeys', () => {
    expect(generated).toBeGreaterThanOrEqual(450)
    if (file) expect([vectors, mutated >= 450, flipped >= 3_000]).toEqual([15, true, true])
  })
})
