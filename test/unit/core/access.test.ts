/**
 * Who may: whether a caller is alive, whether it is allowed, and in which order that is asked.
 */
import { describe, expect, it } from 'vitest'
import {
  authorize,
  authorizeCaller,
  verifyCallerAlive,
  type Caller,
} from '../../../src/core/access.ts'
import type { Principal, TokenKind } from '../../../src/core/principal.ts'
import {
  NOW,
  sampleAdmin,
  sampleCaller,
  samplePrincipal,
  sampleRule,
  userId,
} from '../../support/sample.ts'

const OTHER_ORGANIZATION = 'or-11111-11111-1111111111111111'
const SKEW_SECONDS = 30

const outside = (iatSeconds: number): Principal =>
  samplePrincipal({ freshness: { by: 'issued_at', iatSeconds, skewSeconds: SKEW_SECONDS } })

describe('verifyCallerAlive', () => {
  it('answers with the caller when it is of the epoch of its token', () => {
    const caller = sampleCaller()
    expect(verifyCallerAlive(samplePrincipal(), caller, false)).toEqual({ ok: true, value: caller })
  })

  it.each([
    { name: 'nobody is found', caller: null, failure: { reason: 'caller_unknown' } },
    {
      name: 'the user is of another organization',
      caller: sampleCaller({ organizationId: OTHER_ORGANIZATION }),
      failure: { reason: 'caller_unknown' },
    },
    {
      name: 'the user is archived',
      caller: sampleCaller({ archivedAt: 1 }),
      failure: { reason: 'caller_unknown' },
    },
    {
      name: 'the epoch has risen since',
      caller: sampleCaller({ tokenEpoch: 4 }),
      failure: { reason: 'token_invalid', cause: 'before_suspension' },
    },
    {
      name: 'the epoch is lower than that of the token',
      caller: sampleCaller({ tokenEpoch: 2 }),
      failure: { reason: 'token_invalid', cause: 'before_suspension' },
    },
    {
      name: 'the user is suspended',
      caller: sampleCaller({ suspendedAt: 1 }),
      failure: { reason: 'caller_inactive' },
    },
  ])('refuses when $name', ({ caller, failure }) => {
    expect(verifyCallerAlive(samplePrincipal(), caller, false)).toEqual({ ok: false, failure })
  })

  it('refuses a logged-out bearer', () => {
    expect(verifyCallerAlive(samplePrincipal(), sampleCaller(), true)).toEqual({
      ok: false,
      failure: { reason: 'token_invalid', cause: 'revoked' },
    })
  })

  it('names one reason at a time, the organization first and the suspension last', () => {
    const wrong = { organizationId: OTHER_ORGANIZATION, archivedAt: 1, tokenEpoch: 9 }
    const members = { ...wrong, suspendedAt: 1 }
    const ask = (user: object, isRevoked: boolean) => {
      const alive = verifyCallerAlive(samplePrincipal(), sampleCaller(user), isRevoked)
      return alive.ok ? 'alive' : alive.failure
    }
    const { organizationId } = sampleAdmin()
    expect([
      ask(members, true),
      ask({ ...members, organizationId }, true),
      ask({ ...members, organizationId }, false),
      ask({ ...members, organizationId, archivedAt: null }, false),
      ask({ suspendedAt: 1 }, false),
      ask({}, false),
    ]).toEqual([
      { reason: 'caller_unknown' },
      { reason: 'token_invalid', cause: 'revoked' },
      { reason: 'caller_unknown' },
      { reason: 'token_invalid', cause: 'before_suspension' },
      { reason: 'caller_inactive' },
      'alive',
    ])
  })
})

describe('verifyCallerAlive for a token of an outside issuer', () => {
  const validAfterSeconds = NOW / 1000
  const dead = { ok: false, failure: { reason: 'token_invalid', cause: 'before_suspension' } }
  const after = (tokensValidAfterAt: number | null) => sampleCaller({ tokensValidAfterAt })

  it('takes any issue time when the user was never deactivated', () => {
    expect(verifyCallerAlive(outside(1), after(null), false).ok).toBe(true)
  })

  it('does not ask for an epoch', () => {
    const caller = sampleCaller({ tokenEpoch: 99 })
    expect(verifyCallerAlive(outside(1), caller, false).ok).toBe(true)
  })

  it.each([
    { name: 'long before the deactivation', iatSeconds: validAfterSeconds - 86_400 },
    { name: 'in the second of the deactivation', iatSeconds: validAfterSeconds },
    { name: 'as long after it as the skew', iatSeconds: validAfterSeconds + SKEW_SECONDS },
  ])('refuses a token issued $name', ({ iatSeconds }) => {
    expect(verifyCallerAlive(outside(iatSeconds), after(NOW), false)).toEqual(dead)
  })

  it('takes a token issued one second after the skew', () => {
    const principal = outside(validAfterSeconds + SKEW_SECONDS + 1)
    expect(verifyCallerAlive(principal, after(NOW), false).ok).toBe(true)
  })

  it('refuses a token of the very second when the deactivation fell within it', () => {
    const principal = outside(validAfterSeconds + SKEW_SECONDS)
    expect(verifyCallerAlive(principal, after(NOW + 1), false)).toEqual(dead)
    expect(verifyCallerAlive(principal, after(NOW - 1), false).ok).toBe(true)
  })
})

describe('authorize', () => {
  it('answers with the caller and the grant when the rule gives one', () => {
    const caller = sampleCaller()
    const [assignment] = caller.user.assignments
    expect(authorize(samplePrincipal(), caller, sampleRule())).toEqual({
      ok: true,
      value: { ...caller, grant: { by: 'assignment', assignment } },
    })
  })

  it('refuses a dialect that the organization has off', () => {
    const caller = sampleCaller({}, { dialects: ['timbu'] })
    expect(authorize(samplePrincipal(), caller, sampleRule())).toEqual({
      ok: false,
      failure: { reason: 'dialect_off', dialect: 'dfns' },
    })
  })

  it('refuses a caller without the operation, and names kind, user and operation', () => {
    expect(authorize(samplePrincipal(), sampleCaller({ assignments: [] }), sampleRule())).toEqual({
      ok: false,
      failure: {
        reason: 'permission_missing',
        kind: 'CustomerEmployee',
        userId: userId('admin'),
        operation: 'Auth:Users:Activate',
      },
    })
  })

  const kindRefused = (kind: string) => ({
    ok: false,
    failure: {
      reason: 'kind_refused',
      kind,
      userId: userId('admin'),
      operation: 'Auth:Users:Activate',
    },
  })

  it('refuses a personal access token on a mutation, whoever holds it', () => {
    const principal = samplePrincipal({ tokenKind: 'personal_access_token' })
    const rule = sampleRule({ callers: 'anybody' })
    expect(authorize(principal, sampleCaller(), rule)).toEqual(kindRefused('CustomerEmployee'))
  })

  it('takes a personal access token where nothing is changed', () => {
    const principal = samplePrincipal({ tokenKind: 'personal_access_token' })
    expect(authorize(principal, sampleCaller(), sampleRule({ isMutation: false })).ok).toBe(true)
  })

  it.each<TokenKind>(['user', 'service_account'])('takes a token of the kind %s', (tokenKind) => {
    expect(authorize(samplePrincipal({ tokenKind }), sampleCaller(), sampleRule()).ok).toBe(true)
  })

  it('refuses an end user even if it holds the operation', () => {
    const caller = sampleCaller({ kind: 'EndUser' })
    const reading = sampleRule({ isMutation: false })
    expect(authorize(samplePrincipal(), caller, sampleRule())).toEqual(kindRefused('EndUser'))
    expect(authorize(samplePrincipal(), caller, reading)).toEqual(kindRefused('EndUser'))
  })

  it('takes an end user where anybody may call', () => {
    const rule = sampleRule({
      callers: 'anybody',
      isMutation: false,
      grant: () => ({ by: 'itself' }),
    })
    const allowed = authorize(samplePrincipal(), sampleCaller({ kind: 'EndUser' }), rule)
    expect(allowed.ok && allowed.value.grant).toEqual({ by: 'itself' })
  })

  it('asks for dialect, kind and permission in this order', () => {
    const principal = samplePrincipal({ tokenKind: 'personal_access_token' })
    const nothing = { kind: 'EndUser', assignments: [] } as const
    const reasonOf = (...input: Parameters<typeof authorize>) => {
      const allowed = authorize(...input)
      return allowed.ok ? 'allowed' : allowed.failure.reason
    }
    expect([
      reasonOf(principal, sampleCaller(nothing, { dialects: [] }), sampleRule()),
      reasonOf(principal, sampleCaller(nothing), sampleRule()),
      reasonOf(samplePrincipal(), sampleCaller(nothing), sampleRule()),
      reasonOf(samplePrincipal(), sampleCaller({ assignments: [] }), sampleRule()),
    ]).toEqual(['dialect_off', 'kind_refused', 'kind_refused', 'permission_missing'])
  })
})

describe('authorizeCaller', () => {
  it('asks for life before permission, and answers as authorize does', () => {
    const bare = sampleCaller({ assignments: [] })
    const read = (caller: Caller | null, isBearerRevoked: boolean) =>
      authorizeCaller(samplePrincipal(), sampleRule(), { caller, isBearerRevoked })
    const refused = (reason: string) => ({ ok: false, failure: { reason } })
    expect(read(null, true)).toMatchObject(refused('caller_unknown'))
    expect(read(bare, true)).toMatchObject(refused('token_invalid'))
    expect(read(bare, false)).toMatchObject(refused('permission_missing'))
    const allowed = authorize(samplePrincipal(), sampleCaller(), sampleRule())
    expect([allowed.ok, read(sampleCaller(), false)]).toEqual([true, allowed])
  })
})
