/**
 * Catalogue C3: user actions that are not good for the request that they come with. Every pair of levels of what an
 * action is bound to, in the form of the challenge flow's token; a client's own proof is one more row of `FORMS`.
 */
import { afterAll, describe, expect, it } from 'vitest'
import { sha256Hex } from '../../src/auth/digest.ts'
import { newId } from '../../src/auth/random.ts'
import type { JsonObject } from '../../src/core/strict-json.ts'
import { expectDfnsError } from '../conformance/dfns/answers.ts'
import { completeAction, initiateAction } from '../support/action.ts'
import { call, signAction, type Call, type Reply } from '../support/api.ts'
import { runSql } from '../support/commits.ts'
import { dumpTables } from '../support/dump.ts'
import { seededRandom } from '../support/faults.ts'
import { forgeUserAction, readClaims, type Forgery } from '../support/forged.ts'
import { CHANGES, expectDone, setChange } from '../support/idempotency.ts'
import { createCounter } from '../support/proof.ts'
import { setScene, signable, type GuardedRoute, type PreparedRequest } from '../support/refusals.ts'
import { createSigner } from '../support/signer.ts'
import { createWorld, type Actor } from '../support/world.ts'
import { createOutsideIssuers, findUnusual, flipBits } from './support/mint.ts'

/** What an action can be good or bad in. The first level of each is good, and so are those of `GOOD`. */
const LEVELS = {
  method: ['same', 'another', 'lower case'],
  path: ['same', "another user's", "another verb's", 'with /core', 'with a slash behind'],
  query: ['none', 'on the signed path', 'on the request'],
  body: ['same', 'other spacing', 'another value', 'a member more', 'nothing'],
  caller: ['same', 'a colleague', 'a stranger'],
  tenant: ['same', 'a foreign target', 'bound to another'],
  bearer: ['same', 'refreshed', 'logged out', 'personal access token', 'of an outside issuer'],
  credential: ['active', 'deactivated since', 'deleted since', "a colleague's"],
  age: ['fresh', 'expired', 'from the future', 'of another epoch'],
  reuse: ['first use', 'used before', 'used for another request', 'its challenge instead'],
} as const
type Dimension = keyof typeof LEVELS
type Row = Readonly<Record<Dimension, string>>

const DIMENSIONS = Object.keys(LEVELS) as Dimension[]
const GOOD = [
  ...Object.values(LEVELS).map(([first]) => first),
  'on the signed path',
  'other spacing',
  'refreshed',
]
const SINGLES = DIMENSIONS.flatMap((one) =>
  LEVELS[one].map(
    (level): Row => ({
      ...(Object.fromEntries(DIMENSIONS.map((other) => [other, LEVELS[other][0]])) as Row),
      [one]: level,
    }),
  ),
)

/** Names all pairs of levels of a row, which may be unfinished. */
const pairsOf = (row: Partial<Row>): string[] => {
  const names = DIMENSIONS.flatMap((one) => (row[one] ? [`${one} ${row[one]}`] : []))
  return names.flatMap((name, at) => names.slice(at + 1).map((other) => `${name}, ${other}`))
}

const ALL_PAIRS = DIMENSIONS.flatMap((one, at) =>
  DIMENSIONS.slice(at + 1).flatMap((other) =>
    LEVELS[one].flatMap((a) => LEVELS[other].flatMap((b) => pairsOf({ [one]: a, [other]: b }))),
  ),
)

/** Makes few rows that have every pair between them: each level is the one that adds most of what is missing. */
function combine(random: () => number): Row[] {
  const missing = new Set(ALL_PAIRS)
  const rows: Row[] = []
  const gainOf = (row: Partial<Row>) => pairsOf(row).filter((pair) => missing.has(pair)).length
  while (missing.size > 0) {
    const row = shuffle(DIMENSIONS, random).reduce<Partial<Row>>((begun, one) => {
      const next = shuffle(LEVELS[one], random).map((level) => ({ ...begun, [one]: level }))
      return next.reduce((best, other) => (gainOf(other) > gainOf(best) ? other : best))
    }, {}) as Row
    for (const pair of pairsOf(row)) missing.delete(pair)
    rows.push(row)
  }
  return rows
}

function shuffle<T>(list: readonly T[], random: () => number): T[] {
  const placed = list.map((one) => ({ one, at: random() }))
  return placed.sort((a, b) => a.at - b.at).map(({ one }) => one)
}

type Due =
  | 'input'
  | 'unauthenticated'
  | 'notAllowed'
  | 'userActionInvalid'
  | 'userActionUsed'
  | 'notFound'

/** The refusal that a request is due, in the order of DESIGN section 4; null where nothing is wrong. */
function refusalOf(row: Row, hasBody: boolean): Due | null {
  if (row.query === 'on the request') return 'input'
  // An outside issuer speaks for users of its own organization alone.
  const isForeign = row.caller === 'a stranger' && row.bearer === 'of an outside issuer'
  if (row.bearer === 'logged out' || isForeign) return 'unauthenticated'
  if (row.bearer === 'personal access token') return 'notAllowed'
  // No body, an empty one and `{}` are one value (rule U4).
  const later = ['used before', 'a foreign target', ...(hasBody ? [] : ['nothing'])]
  if (!Object.values(row).every((level) => [...GOOD, ...later].includes(level)))
    return 'userActionInvalid'
  if (row.reuse === 'used before') return 'userActionUsed'
  return row.tenant === 'a foreign target' ? 'notFound' : null
}

/** What is signed, where that is another request than the one that is sent. */
function differ({ method, path, body = {} }: PreparedRequest, row: Row, targetId: string) {
  const another = path.replace(targetId, newId('user'))
  const paths: Record<string, string> = {
    "another user's": another,
    "another verb's": path.replace(/(\/(de)?activate|\/suspend)?$/, (verb) =>
      verb === '/activate' ? '/deactivate' : '/activate',
    ),
    'with /core': `/core${path}`,
    'with a slash behind': `${path}/`,
  }
  const text = JSON.stringify(body).replace(/^\{\}$/, '{"is":true}')
  const toggled = text.replace(/true|false/, (value) => String(value === 'false'))
  const bodies: Record<string, JsonObject> = {
    'another value': JSON.parse(toggled) as JsonObject,
    'a member more': { ...body, another: true },
    nothing: {},
  }
  const methods: Record<string, string> = {
    another: method === 'PUT' ? 'POST' : 'PUT',
    'lower case': method.toLowerCase(),
  }
  return {
    method: methods[row.method] ?? method,
    path: paths[row.path] ?? (row.reuse === 'used for another request' ? another : path),
    body: bodies[row.body] ?? body,
  }
}

/** Who signs what, and who else there is. */
interface Signing {
  readonly row: Row
  readonly actor: Actor
  readonly signed: { readonly method: string; readonly path: string; readonly body: JsonObject }
  readonly colleague: Actor
  readonly stranger: Actor
}

/** Levels that the service never signs, so that the test does by the service's own key. */
const FORGERIES: Readonly<Record<string, (signing: Signing) => Forgery>> = {
  'lower case': () => ({}),
  expired: () => ({ now: Date.now() - 301_000 }),
  'from the future': () => ({ now: Date.now() + 3_600_000 }),
  'of another epoch': () => ({ epoch: 1 }),
  "a colleague's": ({ colleague }) => ({ credentialId: colleague.signer.credentialId }),
  'bound to another': ({ stranger }) => ({ binding: { organizationId: stranger.organizationId } }),
}

/** How intent is proven. */
const FORMS: readonly { name: string; prove: (signing: Signing) => Promise<string> }[] = [
  {
    name: 'tokens of the challenge flow',
    prove: async (signing) => {
      const { actor, signed, row } = signing
      const forgeries = Object.values(row).flatMap((level) => FORGERIES[level]?.(signing) ?? [])
      if (forgeries.length > 0)
        return forgeUserAction(actor, signed, Object.assign({}, ...forgeries) as Forgery)
      const path = row.query === 'on the signed path' ? `${signed.path}?signed=1` : signed.path
      return signAction(actor, { ...signed, path, payload: JSON.stringify(signed.body) })
    },
  },
]

const LOSSES: Readonly<Record<string, string>> = {
  'deactivated since': 'UPDATE credentials SET deactivated_at = 1 WHERE credential_id = ?',
  'deleted since': 'DELETE FROM credentials WHERE credential_id = ?',
}

const counter = createCounter('C3 forged user actions')
afterAll(counter.print)

/** Sets up a route in an organization that asks for user actions, and prepares requests of it. */
async function setStage(route: GuardedRoute, prove: (typeof FORMS)[number]['prove']) {
  const world = await createWorld({ requireUserAction: true })
  const other = await createWorld({ requireUserAction: true })
  const [colleague, stranger] = [
    await world.addActor(route.powers),
    await other.addActor(route.powers),
  ]
  const { mints, trusting } = await createOutsideIssuers(['ES256'], colleague)
  const bear = async (sender: Actor, level: string): Promise<string> => {
    if (level === 'of an outside issuer') return mints.ES256.write({ sub: sender.userId })
    if (level === 'same') return sender.token
    const tokenKind = level === 'personal access token' ? 'personal_access_token' : 'user'
    const token = await sender.issueToken({ tokenKind })
    if (level === 'logged out') await call({ method: 'PUT', path: '/auth/logout', token })
    return token
  }
  const prepare = async (row: Row) => {
    const actor = await world.addActor(route.powers)
    const { operations: _operations, signer: _signer, ...target } = route.target ?? {}
    const targetId = await (row.tenant === 'a foreign target' ? other : world).addUser(target)
    const request = await route.prepare({ targetId, actor })
    const signed = differ(request, row, targetId)
    const action = await prove({ row, actor, signed, colleague, stranger })
    const json =
      row.reuse === 'its challenge instead' &&
      (await initiateAction(actor.token, signable(request))).json
    if (row.reuse.startsWith('used')) {
      const hash = await sha256Hex(`user-action\n${String(readClaims(action)['jti'])}`)
      await runSql(
        'INSERT INTO used_tokens VALUES (?, ?, ?, NULL)',
        hash,
        'user-action',
        Date.now() + 600_000,
      )
    }
    const loss = LOSSES[row.credential]
    if (loss) await runSql(loss, actor.signer.credentialId)
    const sender = { 'a colleague': colleague, 'a stranger': stranger }[row.caller] ?? actor
    const { body } = request
    const bodies: Record<string, unknown> = {
      'other spacing': ` ${JSON.stringify(body ?? {}, null, 2)}`,
      nothing: body ?? {},
    }
    const sent: Call = {
      method: request.method,
      path: `${request.path}${row.query === 'on the request' ? '?sent=1' : ''}`,
      body: bodies[row.body] ?? body,
      token: await bear(sender, row.bearer),
      userAction: json ? String(json['challengeIdentifier']) : action,
    }
    return { row, sent, sender, targetId, refusal: refusalOf(row, body !== undefined) }
  }
  return { prepare, trusting, dump: () => dumpTables(world.organizationId, other.organizationId) }
}

type Prepared = Awaited<ReturnType<Awaited<ReturnType<typeof setStage>>['prepare']>>

/** Fails unless an answer is, to the letter, the refusal that is due. */
function expectRefusal(
  route: GuardedRoute,
  { refusal, sender, targetId }: Prepared,
  reply: Reply,
): void {
  const { expectations, operation } = route
  const { userId, organizationId } = sender
  const caller = { userId, kind: 'CustomerEmployee', operation, hasToken: true } as const
  if (refusal === 'input') expect(reply.status).toBe(expectations.dialect === 'timbu' ? 422 : 400)
  else if (refusal === 'notFound') expectations.notFound(reply, targetId, organizationId)
  else if (refusal) expectations[refusal](reply, caller)
}

describe.each(FORMS)('$name', ({ prove }) => {
  const routes = CHANGES.filter(({ target }) => target !== null)

  it.each(routes)(
    'are refused by $name for every pair of levels that is bad, and taken otherwise',
    async (route) => {
      const pairs = combine(seededRandom(routes.indexOf(route)))
      expect(new Set(pairs.flatMap(pairsOf))).toEqual(new Set(ALL_PAIRS))
      const { prepare, trusting, dump } = await setStage(route, prove)
      const cases: Prepared[] = []
      const rows = new Map([...pairs, ...SINGLES].map((row) => [JSON.stringify(row), row]))
      for (const row of rows.values()) cases.push(await prepare(row))
      const { good = [], bad = [] } = Object.groupBy(cases, ({ refusal }) =>
        refusal ? 'bad' : 'good',
      )
      const failures: string[] = []
      await trusting(async () => {
        const before = await dump()
        for (const one of bad) {
          try {
            expectRefusal(route, one, await call(one.sent))
          } catch (error) {
            failures.push(`${JSON.stringify(one.row)}: ${String(error).slice(0, 300)}`)
          }
        }
        expect(failures).toEqual([])
        expect(await dump()).toEqual(before)
        for (const { sent } of good) expectDone(route, await call(sent))
      })
      counter.add({ refused: bad.length, taken: good.length })
    },
  )
})

describe('user actions with another bit', () => {
  it.each(CHANGES.filter(({ name }) => name.endsWith('/activate')))(
    'are refused by $name',
    async (route) => {
      const { ids, actor, request, sent } = await setChange(route)
      const userAction = await signAction(actor, signable(request))
      const usual = await call({ ...sent, userAction: 'a.b.c' })
      route.expectations.userActionInvalid(usual)
      const flips = shuffle(flipBits(userAction), seededRandom(3)).slice(0, 1_700)
      const before = await dumpTables(...ids)
      const forgeries = flips.map((flip) => ({ ...sent, userAction: flip }))
      expect(await findUnusual(route, usual, forgeries)).toEqual([])
      expect(await dumpTables(...ids)).toEqual(before)
      expectDone(route, await call({ ...sent, userAction }))
      counter.add({ flips: flips.length })
    },
  )

  it.each([
    { name: 'Ed25519', algorithm: 'Ed25519' },
    { name: 'P-256 in DER', algorithm: 'P-256', encoding: 'der' },
    { name: 'P-256', algorithm: 'P-256' },
    { name: 'P-384 in DER', algorithm: 'P-384', encoding: 'der' },
    { name: 'secp256k1 in DER', algorithm: 'secp256k1', encoding: 'der' },
    { name: 'RSA', algorithm: 'RSA' },
  ] as const)(
    'are not given out for an answer that has one, by $name',
    async ({ algorithm, ...options }) => {
      const signer = await createSigner(algorithm, options)
      const { actor, request, world } = await setScene(CHANGES[0] as GuardedRoute, { signer })
      const { json } = await initiateAction(actor.token, signable(request))
      const assertion = await signer.assert(String(json['challenge']))
      const answer = { ...assertion, identifier: String(json['challengeIdentifier']) }
      const complete = ({ identifier, ...rest }: typeof answer) =>
        completeAction(actor.token, identifier, rest)
      const failures: string[] = []
      const before = await dumpTables(world.organizationId)
      for (const part of ['identifier', 'clientData', 'signature'] as const) {
        for (const flip of shuffle(flipBits(answer[part]), seededRandom(3)).slice(0, 40)) {
          const reply = await complete({ ...answer, [part]: flip })
          counter.add({ answers: 1 })
          try {
            if (part === 'identifier') expectDfnsError(reply, 400, 'Challenge token is not valid.')
            else if (/^[\w-]+={0,2}$/.test(flip)) expectDfnsError(reply, 401, 'Not Authorized.')
            else expect(reply.status).toBe(400)
          } catch (error) {
            failures.push(`${part} ${flip}: ${String(error).slice(0, 200)}`)
          }
        }
      }
      expect(failures).toEqual([])
      expect(await dumpTables(world.organizationId)).toEqual(before)
      expect((await complete(answer)).status).toBe(200)
    },
  )

  it('are as many as the catalogue asks for', () => {
    const { refused = 0, flips = 0, answers = 0 } = counter.counts
    expect(refused).toBeGreaterThanOrEqual(400)
    expect(flips).toBeGreaterThanOrEqual(5_000)
    expect(answers).toBeGreaterThanOrEqual(600)
  })
})
