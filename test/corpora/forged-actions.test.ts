/**
 * Catalogue C3: user actions that are not good for the request that they come with. Every pair of levels of what an
 * action is bound to, in both forms: the token of the challenge flow, and the proof that its client signs.
 */
import { afterAll, describe, expect, it } from 'vitest'
import { newId } from '../../src/auth/random.ts'
import type { JsonObject } from '../../src/core/strict-json.ts'
import { expectDfnsError } from '../conformance/dfns/answers.ts'
import { completeAction, initiateAction } from '../support/action.ts'
import { call, signAction, type Call, type Reply } from '../support/api.ts'
import { runSql } from '../support/commits.ts'
import { dumpTables } from '../support/dump.ts'
import { seededRandom } from '../support/faults.ts'
import { CHANGES, expectDone, setChange, withWorker } from '../support/idempotency.ts'
import { createCounter } from '../support/proof.ts'
import { createProofSigner } from '../support/proofs.ts'
import { addProver, proveRequest } from '../support/provers.ts'
import { setScene, signable, type GuardedRoute, type PreparedRequest } from '../support/refusals.ts'
import { createSigner } from '../support/signer.ts'
import { createWorld, type Actor } from '../support/world.ts'
import { FORMS, type ActionForm, type Row } from './support/action-forms.ts'
import { createOutsideIssuers, findUnusual, flipBits } from './support/mint.ts'
import { allPairsOf, combine, pairsOf, shuffle, singlesOf } from './support/pairs.ts'

type Due =
  | 'input'
  | 'unauthenticated'
  | 'notAllowed'
  | 'userActionInvalid'
  | 'userActionUsed'
  | 'notFound'

/** The refusal that a request is due, in the order of DESIGN section 4; null where nothing is wrong. */
function refusalOf({ levels, good }: ActionForm, row: Row, hasBody: boolean): Due | null {
  if (row.query === 'on the request') return 'input'
  // An outside issuer speaks for users of its own organization alone.
  const isForeign = row.caller === 'a stranger' && row.bearer === 'of an outside issuer'
  if (row.bearer === 'logged out' || isForeign) return 'unauthenticated'
  if (row.bearer === 'personal access token') return 'notAllowed'
  const fine = [...Object.values(levels).map(([first]) => first), ...good(hasBody)]
  const later = ['used before', 'a foreign target']
  if (!Object.values(row).every((level) => [...fine, ...later].includes(level)))
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

const LOSSES: Readonly<Record<string, string>> = {
  'deactivated since': 'UPDATE credentials SET deactivated_at = 1 WHERE credential_id = ?',
  'deleted since': 'DELETE FROM credentials WHERE credential_id = ?',
}

const counter = createCounter('C3 forged user actions')
afterAll(counter.print)

/** Sets up a route in an organization that asks for user actions, and prepares requests of it. */
async function setStage(route: GuardedRoute, form: ActionForm) {
  const world = await createWorld({ requireUserAction: true })
  const other = await createWorld({ requireUserAction: true })
  const [colleague, stranger] = [
    await addProver(world, route.powers),
    await addProver(other, route.powers),
  ]
  // Goes on between requests alone, so that a second more or less is one on a slow machine too.
  const time = { now: Date.now() }
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
    const actor = await addProver(world, route.powers)
    const { operations: _operations, signer: _signer, ...target } = route.target ?? {}
    const targetId = await (row.tenant === 'a foreign target' ? other : world).addUser(target)
    const request = await route.prepare({ targetId, actor })
    const signed = differ(request, row, targetId)
    const clock = () => time.now
    const who = { actor, colleague, stranger }
    const { usedHash, write } = await form.prove({ row, request, signed, clock, ...who })
    if (row.reuse.startsWith('used')) {
      const sql = "INSERT INTO used_tokens VALUES (?, 'user-action', ?, NULL)"
      await runSql(sql, usedHash, Date.now() + 600_000)
    }
    const loss = LOSSES[row.credential]
    if (loss) await runSql(loss, actor.signer.credentialId)
    const sender = { 'a colleague': colleague, 'a stranger': stranger }[row.caller] ?? actor
    const { body } = request
    const bodies: Record<string, unknown> = {
      'other spacing': ` ${JSON.stringify(body ?? {}, null, 2)}`,
      nothing: body ?? {},
    }
    const token = await bear(sender, row.bearer)
    const send = async () => {
      time.now = Date.now()
      const sent: Call = {
        method: request.method,
        path: `${request.path}${row.query === 'on the request' ? '?sent=1' : ''}`,
        body: bodies[row.body] ?? body,
        token,
        userAction: await write(),
      }
      return call(sent)
    }
    return { row, send, sender, targetId, refusal: refusalOf(form, row, body !== undefined) }
  }
  return {
    prepare,
    trusting: (run: () => Promise<void>) => trusting(run, () => time.now),
    dump: () => dumpTables(world.organizationId, other.organizationId),
  }
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

describe.each(FORMS)('$name', (form) => {
  const routes = CHANGES.filter(({ target }) => target !== null)

  it.each(routes)(
    'are refused by $name for every pair of levels that is bad, and taken otherwise',
    async (route) => {
      const pairs = combine(form.levels, seededRandom(routes.indexOf(route)))
      expect(new Set(pairs.flatMap(pairsOf))).toEqual(new Set(allPairsOf(form.levels)))
      const { prepare, trusting, dump } = await setStage(route, form)
      const cases: Prepared[] = []
      const rows = [...pairs, ...singlesOf(form.levels)].map((row): [string, Row] => {
        return [pairsOf(row).join(), row]
      })
      for (const row of new Map(rows).values()) cases.push(await prepare(row))
      const { good = [], bad = [] } = Object.groupBy(cases, ({ refusal }) =>
        refusal ? 'bad' : 'good',
      )
      const failures: string[] = []
      await trusting(async () => {
        const before = await dump()
        for (const one of bad) {
          try {
            expectRefusal(route, one, await one.send())
          } catch (error) {
            failures.push(`${JSON.stringify(one.row)}: ${String(error).slice(0, 300)}`)
          }
        }
        expect(failures).toEqual([])
        expect(await dump()).toEqual(before)
        for (const { row, send } of good) {
          const reply = await send()
          expect([row, reply.status]).toEqual([row, route.success ?? 200])
          expectDone(route, reply)
        }
      })
      counter.add({ [`${form.name} refused`]: bad.length, [`${form.name} taken`]: good.length })
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
})

/** Both types of RSA signature are one key's. */
const PROOF_KEYS = [
  { algorithm: 'EdDSA', key: 'Ed25519' },
  { algorithm: 'ES256', key: 'P-256' },
  { algorithm: 'ES384', key: 'P-384' },
  { algorithm: 'RS256', key: 'RSA' },
  { algorithm: 'PS256', key: 'RSA' },
] as const

describe('proofs with another bit', () => {
  it.each(PROOF_KEYS)('are refused in every dialect, by $algorithm', async ({ algorithm, key }) => {
    const signer = await createProofSigner(key)
    const seed = PROOF_KEYS.findIndex((one) => one.algorithm === algorithm)
    for (const route of CHANGES.filter(({ name }) => name.endsWith('/activate'))) {
      const world = await createWorld({ requireUserAction: true })
      const actor = await addProver(world, route.powers, signer)
      const targetId = await world.addUser(route.target ?? {})
      const request = await route.prepare({ targetId, actor })
      // Time stands still, so that it is the bit that they are refused for.
      const now = Date.now()
      const forgery = { known: { now }, header: { alg: algorithm }, signedAs: algorithm }
      const proof = await proveRequest(actor, request, forgery)
      const sent = { ...request, token: actor.token }
      await withWorker({ clock: () => now }, async () => {
        const usual = await call({ ...sent, userAction: 'a.b.c' })
        route.expectations.userActionInvalid(usual)
        const flips = shuffle(flipBits(proof), seededRandom(seed)).slice(0, 350)
        const before = await dumpTables(world.organizationId)
        const forgeries = flips.map((flip) => ({ ...sent, userAction: flip }))
        expect(await findUnusual(route, usual, forgeries)).toEqual([])
        expect(await dumpTables(world.organizationId)).toEqual(before)
        expectDone(route, await call({ ...sent, userAction: proof }))
        counter.add({ 'flips of proofs': flips.length })
      })
    }
  })
})

describe('the corpus', () => {
  it('is as large as the catalogue asks for, in either form', () => {
    const { flips = 0, answers = 0, 'flips of proofs': proofs = 0 } = counter.counts
    for (const { name } of FORMS) {
      expect(counter.counts[`${name} refused`]).toBeGreaterThanOrEqual(400)
      expect(counter.counts[`${name} taken`]).toBeGreaterThanOrEqual(30)
    }
    expect(flips).toBeGreaterThanOrEqual(5_000)
    expect(proofs).toBeGreaterThanOrEqual(5_000)
    expect(answers).toBeGreaterThanOrEqual(600)
  })
})
