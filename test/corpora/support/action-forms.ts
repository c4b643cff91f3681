/**
 * The two forms of a user action for catalogue C3: what each can be good or bad in, and how it is made so. Where the
 * rules of the two differ, their levels do.
 */
import { sha256Hex } from '../../../src/auth/digest.ts'
import { newSecret } from '../../../src/auth/random.ts'
import type { JsonObject } from '../../../src/core/strict-json.ts'
import { initiateAction } from '../../support/action.ts'
import { signAction } from '../../support/api.ts'
import { forgeUserAction, readClaims, type Forgery } from '../../support/forged.ts'
import { hashOfUse, proveRequest, type Otherwise, type Prover } from '../../support/provers.ts'
import { signable, type PreparedRequest } from '../../support/refusals.ts'

/** What both forms can be good or bad in alike. The first level of each is good. */
const LEVELS = {
  method: ['same', 'another', 'lower case'],
  path: ['same', "another user's", "another verb's", 'with /core', 'with a slash behind'],
  query: ['none', 'on the signed path', 'on the request'],
  body: ['same', 'other spacing', 'another value', 'a member more', 'nothing'],
  caller: ['same', 'a colleague', 'a stranger'],
  bearer: ['same', 'refreshed', 'logged out', 'personal access token', 'of an outside issuer'],
} as const

/** What a row says a level of. */
export type Dimension = keyof typeof LEVELS | 'tenant' | 'credential' | 'age' | 'reuse'

/** A level of every dimension. */
export type Row = Readonly<Record<Dimension, string>>

/** What is signed, where that is another request than the one that is sent. */
interface Signed {
  readonly method: string
  readonly path: string
  readonly body: JsonObject
}

/** Who signs what, and who else there is. */
export interface Signing {
  readonly row: Row
  readonly actor: Prover
  readonly request: PreparedRequest
  readonly signed: Signed
  readonly colleague: Prover
  readonly stranger: Prover
  /** The service's clock at the time of the request. */
  readonly clock: () => number
}

/** A user action, and the hash of the use that is on record where its row says that it is used. */
interface Proven {
  readonly usedHash: string
  /** Makes it when it is sent, at the earliest. */
  readonly write: () => Promise<string>
}

/** How intent is proven. */
export interface ActionForm {
  readonly name: string
  readonly levels: Readonly<Record<Dimension, readonly string[]>>
  /** Levels that are good besides the first ones. */
  readonly good: (hasBody: boolean) => readonly string[]
  readonly prove: (signing: Signing) => Promise<Proven>
}

/** Levels that the service never signs, so that the test does by the service's own key. */
const FORGED_TOKENS: Readonly<Record<string, (signing: Signing) => Forgery>> = {
  'lower case': () => ({}),
  expired: () => ({ now: Date.now() - 301_000 }),
  'from the future': () => ({ now: Date.now() + 3_600_000 }),
  'of another epoch': () => ({ epoch: 1 }),
  "a colleague's": ({ colleague }) => ({ credentialId: colleague.signer.credentialId }),
  'bound to another': ({ stranger }) => ({ binding: { organizationId: stranger.organizationId } }),
}

const TOKEN: ActionForm = {
  name: 'tokens of the challenge flow',
  levels: {
    ...LEVELS,
    tenant: ['same', 'a foreign target', 'bound to another'],
    credential: ['active', 'deactivated since', 'deleted since', "a colleague's"],
    age: ['fresh', 'expired', 'from the future', 'of another epoch'],
    reuse: ['first use', 'used before', 'used for another request', 'its challenge instead'],
  },
  // The value of a body is bound and not its bytes, so that none, an empty one and `{}` are one (rule U4).
  good: (hasBody) => [
    ...['on the signed path', 'other spacing', 'refreshed'],
    ...(hasBody ? [] : ['nothing']),
  ],
  prove: async (signing) => {
    const { actor, request, signed, row } = signing
    const forgeries = Object.values(row).flatMap((level) => FORGED_TOKENS[level]?.(signing) ?? [])
    const path = row.query === 'on the signed path' ? `${signed.path}?signed=1` : signed.path
    const token =
      forgeries.length > 0
        ? await forgeUserAction(actor, signed, Object.assign({}, ...forgeries) as Forgery)
        : await signAction(actor, { ...signed, path, payload: JSON.stringify(signed.body) })
    const usedHash = await sha256Hex(`user-action\n${String(readClaims(token)['jti'])}`)
    if (row.reuse !== 'its challenge instead') return { usedHash, write: async () => token }
    const { json } = await initiateAction(actor.token, signable(request))
    return { usedHash, write: async () => String(json['challengeIdentifier']) }
  },
}

/** What a proof says otherwise, by level; times are whole seconds of Unix. */
const FORGED_PROOFS: Readonly<
  Record<string, (signing: Signing, seconds: number) => { claims?: object; header?: object }>
> = {
  // A proof names no organization but by its bearer and its key: the service is what it is bound to.
  'for another service': () => ({ claims: { aud: 'another-service' } }),
  "a colleague's under its name": ({ colleague }) => ({ claims: { sub: colleague.userId } }),
  'named, and not signing': ({ actor }) => ({ header: { kid: actor.signer.credentialId } }),
  '59 s old': (_, seconds) => ({ claims: { iat: seconds - 59 } }),
  '5 s ahead': (_, seconds) => ({ claims: { iat: seconds + 5 } }),
  'with an end': (_, seconds) => ({ claims: { exp: seconds + 60 } }),
  '61 s old': (_, seconds) => ({ claims: { iat: seconds - 61 } }),
  '6 s ahead': (_, seconds) => ({ claims: { iat: seconds + 6 } }),
  'past its end': (_, seconds) => ({ claims: { iat: seconds - 9, exp: seconds } }),
  'with an end too far': (_, seconds) => ({ claims: { exp: seconds + 61 } }),
  'called a token': () => ({ header: { typ: 'user-action+jwt' } }),
  'called a proof of RFC 9449': () => ({ header: { typ: 'dpop+jwt' } }),
}

/** The bytes of a body as they are signed. */
function textOf({ row, request, signed }: Signing): string {
  if (['another value', 'a member more'].includes(row.body)) return JSON.stringify(signed.body)
  if (row.body === 'nothing' || request.body === undefined) return ''
  return JSON.stringify(request.body)
}

/** Whose key signs. */
function signerOf({ row, actor, colleague, stranger }: Signing) {
  if (row.credential === "a stranger's") return stranger.signer
  const isOther = /colleague|not signing/.test(row.credential)
  return isOther ? colleague.signer : actor.signer
}

const PROOF: ActionForm = {
  name: 'proofs that clients sign',
  levels: {
    ...LEVELS,
    tenant: ['same', 'a foreign target', 'for another service'],
    credential: [
      ...['active', 'deactivated since', 'deleted since'],
      ...["a colleague's", "a colleague's under its name", "a stranger's"],
      'named, and not signing',
    ],
    age: [
      ...['fresh', '59 s old', '5 s ahead', 'with an end'],
      ...['61 s old', '6 s ahead', 'past its end', 'with an end too far'],
    ],
    reuse: [
      ...['first use', 'used before', 'used by another credential', 'used for another request'],
      ...['called a token', 'called a proof of RFC 9449'],
    ],
  },
  // Bytes are bound, the bearer's text and a path without query, and clients choose `jti` each for themselves.
  good: () => ['59 s old', '5 s ahead', 'with an end', 'used by another credential'],
  prove: async (signing) => {
    const { actor, signed, row, colleague, clock } = signing
    const signer = signerOf(signing)
    const jti = newSecret()
    const user = row.reuse === 'used by another credential' ? colleague.signer : signer
    return {
      usedHash: await hashOfUse(actor.organizationId, user.credentialId, jti),
      write: () => {
        const now = clock()
        const levels = Object.values(row).flatMap((level) => FORGED_PROOFS[level] ?? [])
        const parts = levels.map((forge) => forge(signing, Math.floor(now / 1000)))
        const merged: Otherwise = {
          known: { now },
          header: Object.assign({}, ...parts.map(({ header }) => header)) as object as never,
          claims: Object.assign({ jti }, ...parts.map(({ claims }) => claims)) as object as never,
        }
        const path = row.query === 'on the signed path' ? `${signed.path}?signed=1` : signed.path
        const sent = { method: signed.method, path, body: textOf(signing) }
        return proveRequest({ ...actor, signer }, sent, merged)
      },
    }
  },
}

/** Both of them. */
export const FORMS: readonly ActionForm[] = [TOKEN, PROOF]
