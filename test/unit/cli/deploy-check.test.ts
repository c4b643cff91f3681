/**
 * Every fault of an environment by its name, and the way to mend it; all of them at once.
 */
import { describe, expect, it } from 'vitest'
import { findFaults } from '../../../src/cli/deploy-check.ts'
import type { DeployEnvironment } from '../../../src/cli/deploy-environment.ts'
import { COMPLETE, DATABASE_ID, limit, NAMESPACE_ID, ORIGIN } from './deploy-configuration.ts'

const HOST = new URL(ORIGIN).hostname

const faultsOf = (changes: Partial<DeployEnvironment>) => findFaults({ ...COMPLETE, ...changes })

const faultsWith = (variables: Readonly<Record<string, unknown>>) =>
  faultsOf({ variables: { ...COMPLETE.variables, ...variables } })

describe('findFaults', () => {
  it('finds none in an environment that is complete', () => {
    expect(findFaults(COMPLETE)).toEqual([])
  })

  it.each([
    '00000000-0000-4000-8000-000000000002',
    '',
    'activate-eu',
    DATABASE_ID.toUpperCase(),
    `${DATABASE_ID} `,
  ])('tells how to make a database when its id is "%s"', (databaseId) => {
    const [fault, ...rest] = faultsOf({ databaseId })
    expect(fault).toMatch(/^\[\[env\.eu\.d1_databases\]\] database_id of DB is a placeholder/)
    expect(fault).toContain('npx wrangler d1 create activate-eu --jurisdiction eu')
    expect(rest).toEqual([])
  })

  it.each(['00000000000000000000000000000002', '', NAMESPACE_ID.slice(1), DATABASE_ID])(
    'tells how to make a namespace when its id is "%s"',
    (namespaceId) => {
      const [fault, ...rest] = faultsOf({ namespaceId })
      expect(fault).toMatch(/^\[\[env\.eu\.kv_namespaces\]\] id of IDEMPOTENCY is a placeholder/)
      expect(fault).toContain('npx wrangler kv namespace create activate-eu-idempotency')
      expect(fault).toMatch(/; or take the entry out, where KV has no jurisdictions/)
      expect(rest).toEqual([])
    },
  )

  it('does not ask for a namespace where none is bound', () => {
    expect(faultsOf({ namespaceId: null })).toEqual([])
  })

  it('tells to do without a namespace only where one has to stay in a region', () => {
    const [fault] = faultsOf({ name: 'uae', namespaceId: '' })
    expect(fault).toMatch(/write its id here$/)
  })

  it.each([
    'https://eu.activate.example',
    'https://activate.test',
    'https://a.invalid',
    'https://a.localhost',
    'https://api.example.com',
    'https://example.org',
    'https://localhost',
    'https://activate',
    'https://203.0.113.5',
    'https://[2001:db8::1]',
    `http://${HOST}`,
    'eu',
    '',
    undefined,
  ])('says that an origin is not public when it is %s', (origin) => {
    const said = faultsWith({ PUBLIC_ORIGIN: origin, ISSUER: origin }).join('\n')
    expect(said).toContain('[env.eu.vars] PUBLIC_ORIGIN is not public yet')
    expect(said).toContain('[env.eu.vars] ISSUER is not public yet')
    expect(said).toContain('[env.eu] routes is not yet [{ pattern = "the host of PUBLIC_ORIGIN"')
  })

  it.each([
    'https://example.net.activate-tests.org',
    'https://my-example.com',
    'https://a.xn--p1ai',
  ])('takes %s for a public origin', (origin) => {
    const routes = [{ pattern: new URL(origin).hostname, isCustomDomain: true }]
    const variables = { ...COMPLETE.variables, PUBLIC_ORIGIN: origin, ISSUER: origin }
    expect(faultsOf({ variables, routes })).toEqual([])
  })

  it.each([
    { name: 'none', routes: [] },
    { name: 'that of another host', routes: [{ pattern: `www.${HOST}`, isCustomDomain: true }] },
    { name: 'a pattern', routes: [{ pattern: HOST, isCustomDomain: false }] },
    {
      name: 'one of two',
      routes: [
        { pattern: HOST, isCustomDomain: true },
        { pattern: `www.${HOST}`, isCustomDomain: true },
      ],
    },
  ])('writes the route when it is $name', ({ routes }) => {
    expect(faultsOf({ routes })).toEqual([
      `[env.eu] routes is not yet [{ pattern = "${HOST}", custom_domain = true }]`,
    ])
  })

  it.each([
    { name: 'a second origin', changes: { isOnWorkersDev: true }, says: /workers_dev is on/ },
    {
      name: 'a variable that is missing',
      changes: { knownVariables: [...COMPLETE.knownVariables, 'DENIED_KIDS'] },
      says: /DENIED_KIDS is missing/,
    },
    {
      name: 'no counter',
      changes: { limits: COMPLETE.limits.slice(1) },
      says: /has no RATE_LIMITER:/,
    },
    {
      name: 'a counter of another number',
      changes: { limits: [...COMPLETE.limits.slice(1), limit('RATE_LIMITER', '1201', 999)] },
      says: /RATE_LIMITER and RATE_LIMIT_REQUESTS differ/,
    },
    {
      name: 'a counter of another period',
      changes: {
        limits: [...COMPLETE.limits.slice(0, 2), limit('RATE_LIMITER_FAILURES', '1203', 60, 10)],
      },
      says: /RATE_LIMITER_FAILURES and RATE_LIMIT_FAILURES differ/,
    },
    {
      name: 'a counter that counts twice',
      changes: { own: ['namespace_id 1201', 'namespace_id 1201'] },
      says: /has a namespace_id twice/,
    },
    {
      name: 'a database of two environments',
      changes: { taken: { uae: [`database_id ${DATABASE_ID}`] } },
      says: /shares a database_id with \[env\.uae\]/,
    },
  ])('names $name', ({ changes, says }) => {
    expect(faultsOf(changes)).toEqual([expect.stringMatching(says)])
  })

  it.each([
    { variable: 'RATE_LIMITS', value: 'off', says: /RATE_LIMITS is not on/ },
    { variable: 'RATE_LIMIT_SIGNING', value: '299', says: /RATE_LIMITER_LOGIN and RATE_LIMIT_SIG/ },
    {
      variable: 'WEBAUTHN_ORIGINS',
      value: `${ORIGIN}, http://localhost`,
      says: /WEBAUTHN_ORIGINS has an origin that is not public/,
    },
    { variable: 'AUDIENCE', value: '', says: /^\[env\.eu\.vars\] AUDIENCE Too small/ },
    { variable: 'AUDIENCE', value: 7, says: /^\[env\.eu\.vars\] AUDIENCE Invalid/ },
    {
      variable: 'WEBAUTHN_ORIGINS',
      value: 'https://a.net',
      says: /origin that is not of WEBAUTHN_RP_ID/,
    },
    { variable: 'AUDIENSE', value: 'a', says: /AUDIENSE is no variable of the service/ },
    { variable: 'SIGNING_KEYS', value: '[]', says: /SIGNING_KEYS is a secret: take it out/ },
  ])('names $variable when it is $value', ({ variable, value, says }) => {
    const variables = { ...COMPLETE.variables, WEBAUTHN_RP_ID: HOST, [variable]: value }
    const knownVariables = [...COMPLETE.knownVariables, 'WEBAUTHN_RP_ID']
    const faults = faultsOf({ variables, knownVariables })
    expect(faults.filter((fault) => says.test(fault))).toHaveLength(1)
  })

  it('repeats neither a secret nor an id', () => {
    const said = [
      ...faultsWith({ SIGNING_KEYS: '[{"d":"do-not-echo"}]', AUDIENCE: 'do-not-echo'.repeat(9) }),
      ...faultsOf({ taken: { uae: COMPLETE.own } }),
    ].join('\n')
    expect(said).toContain('SIGNING_KEYS')
    expect(said).toContain('database_id')
    expect(said).not.toMatch(new RegExp(`do-not-echo|${DATABASE_ID}|1201`))
  })

  it('names everything at once', () => {
    const faults = faultsOf({
      databaseId: '',
      namespaceId: '',
      variables: {},
      routes: [],
      isOnWorkersDev: true,
      limits: [],
      taken: { uae: COMPLETE.own },
    })
    for (const name of [
      ...Object.keys(COMPLETE.variables),
      'DB',
      'IDEMPOTENCY',
      'routes',
      'workers_dev',
    ]) {
      expect(faults.join('\n')).toContain(` ${name} `)
    }
    expect(faults.every((fault) => /^\[\[?env\.eu[\w.]*\]\]? \S[^\n]+$/.test(fault))).toBe(true)
  })
})
