/**
 * Configuration: what is missing or wrong is named, and no value of it is repeated (invariant 10).
 */
import { describe, expect, it } from 'vitest'
import { readConfig } from '../../src/env.ts'
import { ORGANIZATION_ID } from '../support/sample.ts'

/** Stands in every wrong value, so that an echo of one is seen. */
const MARK = 'do-not-echo'

const GOOD = {
  PUBLIC_ORIGIN: 'https://api.example.test',
  ISSUER: 'https://api.example.test',
  AUDIENCE: 'activate',
  SIGNING_KEYS: `[{"d":"${MARK}"}]`,
}

const OUTSIDE = {
  issuer: 'https://issuer.example',
  jwksUrl: 'https://issuer.example/jwks.json',
  audience: 'activate',
  organizationId: ORGANIZATION_ID,
}

const trust = (...issuers: unknown[]) => ({ TRUSTED_ISSUERS: JSON.stringify(issuers) })

/** Reads a configuration that is good but for some variables. */
const read = (variables: Record<string, unknown> = {}) => readConfig({ ...GOOD, ...variables })

function faultOf(variables: Record<string, unknown>): string {
  const config = read(variables)
  return config.ok ? 'none' : config.failure
}

function configOf(variables: Record<string, unknown> = {}) {
  const config = read(variables)
  if (!config.ok) throw new Error(config.failure)
  return config.value
}

describe('readConfig', () => {
  it('fills in what may be left out', () => {
    expect(read()).toEqual({
      ok: true,
      value: {
        publicOrigin: 'https://api.example.test',
        issuer: 'https://api.example.test',
        audience: 'activate',
        trustedIssuers: [],
        deniedKids: [],
        accessTokenSeconds: 3_600,
        challengeSeconds: 300,
        userActionSeconds: 300,
        clockSkewSeconds: 30,
        idempotencySeconds: 86_400,
        signingKeys: GOOD.SIGNING_KEYS,
        logLevel: 'info',
        corsOrigins: [],
        rateLimits: { requests: 1_000, signing: 300, failures: 60 },
        relyingParty: { id: 'api.example.test', origins: ['https://api.example.test'] },
        isProduction: true,
      },
    })
  })

  it.each(['PUBLIC_ORIGIN', 'ISSUER', 'AUDIENCE', 'SIGNING_KEYS'])(
    'names %s when it is missing',
    (name) => {
      expect(faultOf({ [name]: undefined })).toMatch(
        new RegExp(`^Configuration: ${name} [^;]+\\.$`),
      )
    },
  )

  it('names every variable at once when several are wrong', () => {
    const fault = faultOf({ ISSUER: '', AUDIENCE: 7, LOG_LEVEL: 'loud', CHALLENGE_SECONDS: '1' })
    const named = [...fault.matchAll(/(?:: |; )([A-Z_]+) /g)].map(([, name]) => name)
    expect(named).toEqual(['ISSUER', 'AUDIENCE', 'CHALLENGE_SECONDS', 'LOG_LEVEL'])
  })

  it.each<[string, unknown]>([
    ['PUBLIC_ORIGIN', MARK],
    ['PUBLIC_ORIGIN', `https://${MARK}.example/path`],
    ['ISSUER', MARK.repeat(50)],
    ['AUDIENCE', MARK.repeat(50)],
    ['TRUSTED_ISSUERS', MARK],
    ['TRUSTED_ISSUERS', `{"issuer":"${MARK}"}`],
    ['TRUSTED_ISSUERS', JSON.stringify([{ ...OUTSIDE, jwksUrl: MARK }])],
    ['TRUSTED_ISSUERS', JSON.stringify([{ ...OUTSIDE, algorithms: [MARK] }])],
    ['TRUSTED_ISSUERS', JSON.stringify([{ ...OUTSIDE, organizationId: MARK }])],
    ['DENIED_KIDS', 7],
    ['ACCESS_TOKEN_SECONDS', MARK],
    ['CHALLENGE_SECONDS', MARK],
    ['USER_ACTION_SECONDS', MARK],
    ['CLOCK_SKEW_SECONDS', MARK],
    ['IDEMPOTENCY_SECONDS', MARK],
    ['SIGNING_KEYS', 7],
    ['SIGNING_KEYS', ''],
    ['LOG_LEVEL', MARK],
    ['CORS_ORIGINS', MARK],
    ['CORS_ORIGINS', `https://app.example.test, ${MARK}`],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', `https://${MARK}.example/path`],
    ['WEBAUTHN_RP_ID', MARK.toUpperCase()],
    ['WEBAUTHN_RP_ID', `https://${MARK}.example`],
    ['WEBAUTHN_RP_ID', `${MARK}.example:443`],
    ['WEBAUTHN_RP_ID', `.${MARK}`],
    ['WEBAUTHN_ORIGINS', MARK],
    ['WEBAUTHN_ORIGINS', `http://${MARK}.example`],
    ['WEBAUTHN_ORIGINS', `https://api.example.test, https://api.example.test/${MARK}`],
    ['WEBAUTHN_ORIGINS', '*'],
    ['RATE_LIMITS', MARK],
    ['RATE_LIMIT_REQUESTS', MARK],
    ['RATE_LIMIT_REQUESTS', '0'],
    ['RATE_LIMIT_SIGNING', '-1'],
    ['RATE_LIMIT_FAILURES', '1.5'],
  ])('names %s, and does not repeat its value, when it is %j', (name, value) => {
    const fault = faultOf({ [name]: value })
    expect(fault).toContain(`Configuration: ${name}`)
    expect(fault).not.toContain(MARK)
  })

  it.each([
    { name: 'ACCESS_TOKEN_SECONDS', member: 'accessTokenSeconds', least: 60, most: 3_600 },
    { name: 'CHALLENGE_SECONDS', member: 'challengeSeconds', least: 60, most: 600 },
    { name: 'USER_ACTION_SECONDS', member: 'userActionSeconds', least: 60, most: 600 },
    { name: 'CLOCK_SKEW_SECONDS', member: 'clockSkewSeconds', least: 0, most: 60 },
    { name: 'IDEMPOTENCY_SECONDS', member: 'idempotencySeconds', least: 60, most: 604_800 },
  ] as const)(
    'takes $name from $least to $most and no further',
    ({ name, member, least, most }) => {
      expect(configOf({ [name]: String(least) })[member]).toBe(least)
      expect(configOf({ [name]: String(most) })[member]).toBe(most)
      for (const wrong of [least - 1, most + 1, `${most}.5`, ` ${most}`, '1e2', '0x3C', '']) {
        expect(faultOf({ [name]: String(wrong) })).toContain(name)
      }
    },
  )

  it.each(['error', 'info', 'debug'])('takes the log level %s', (level) => {
    expect(configOf({ LOG_LEVEL: level }).logLevel).toBe(level)
  })

  it('reads the quotas of a minute, or none', () => {
    const quotas = { RATE_LIMIT_REQUESTS: '7', RATE_LIMIT_SIGNING: '5', RATE_LIMIT_FAILURES: '3' }
    const rateLimits = { requests: 7, signing: 5, failures: 3 }
    expect(configOf(quotas).rateLimits).toEqual(rateLimits)
    expect(configOf({ ...quotas, RATE_LIMITS: 'off' }).rateLimits).toBeNull()
  })

  it('reads the origins that may read answers', () => {
    const origins = ['https://app.example.test', 'http://localhost:3000']
    expect(configOf({ CORS_ORIGINS: origins.join(', ') }).corsOrigins).toEqual(origins)
  })

  it('reads denied kids between commas, with or without blanks', () => {
    expect(configOf({ DENIED_KIDS: ' one, two,,three ,' }).deniedKids).toEqual([
      'one',
      'two',
      'three',
    ])
  })
})

describe('readConfig: PUBLIC_ORIGIN', () => {
  it.each([
    { origin: 'https://api.example.test', isProduction: true },
    { origin: 'https://api.example.test:8443', isProduction: true },
    { origin: 'https://localhost:8787', isProduction: true },
    { origin: 'http://localhost:8787', isProduction: false },
    { origin: 'http://127.0.0.1:8787', isProduction: false },
    { origin: 'http://[::1]:8787', isProduction: false },
  ])('takes $origin, production: $isProduction', ({ origin, isProduction }) => {
    expect(configOf({ PUBLIC_ORIGIN: origin })).toMatchObject({
      publicOrigin: origin,
      isProduction,
    })
  })

  it.each([
    'http://api.example.test',
    'http://localhost.example.test',
    'http://127.0.0.2:8787',
    'http://10.0.0.1',
    'ftp://localhost',
    'ws://localhost',
    'https://api.example.test/',
    'https://api.example.test/v1',
    'https://api.example.test:443',
    'https://API.example.test',
    'https://user@api.example.test',
    'api.example.test',
    'null',
    '',
  ])('refuses "%s"', (origin) => {
    expect(faultOf({ PUBLIC_ORIGIN: origin })).toBe(
      'Configuration: PUBLIC_ORIGIN is not an https origin, or an http origin of this machine, without a path.',
    )
  })
})

describe('readConfig: faults of several variables together', () => {
  it('says them without a name in front', () => {
    const issuer = 'http://localhost:8787'
    const fault = faultOf({ ISSUER: issuer, ...trust({ ...OUTSIDE, issuer }) })
    expect(fault).toBe('Configuration: TRUSTED_ISSUERS names an issuer twice, or names ISSUER.')
  })

  it.each([
    { name: 'ISSUER', length: 129 },
    { name: 'AUDIENCE', length: 65 },
  ])('refuses a $name that would not leave room in a user action', ({ name, length }) => {
    expect(faultOf({ [name]: 'x'.repeat(length) })).toContain(name)
  })
})

describe('readConfig: the site of passkeys (W5, W7)', () => {
  const LOCAL = { PUBLIC_ORIGIN: 'http://localhost:8787' }
  it.each<{ name: string; variables: Record<string, string>; id: string; origins: string[] }>([
    {
      name: 'the own origin where nothing is said, or an empty text',
      variables: { ...LOCAL, WEBAUTHN_RP_ID: '', WEBAUTHN_ORIGINS: '' },
      id: 'localhost',
      origins: ['http://localhost:8787'],
    },
    {
      name: 'the host of the first origin that is listed',
      variables: { WEBAUTHN_ORIGINS: 'https://example.org, https://app.example.org:8443' },
      id: 'example.org',
      origins: ['https://example.org', 'https://app.example.org:8443'],
    },
    {
      name: 'the domain that is named, with pages of its subdomains',
      variables: {
        WEBAUTHN_RP_ID: 'example.org',
        WEBAUTHN_ORIGINS: 'https://app.example.org,https://a.b.example.org',
      },
      id: 'example.org',
      origins: ['https://app.example.org', 'https://a.b.example.org'],
    },
    {
      name: 'the domain above the own origin',
      variables: { WEBAUTHN_RP_ID: 'example.test' },
      id: 'example.test',
      origins: ['https://api.example.test'],
    },
    {
      name: 'localhost with any port, by plain http',
      variables: { ...LOCAL, WEBAUTHN_ORIGINS: 'http://localhost:8787,http://localhost:3000' },
      id: 'localhost',
      origins: ['http://localhost:8787', 'http://localhost:3000'],
    },
  ])('is $name', ({ variables, id, origins }) => {
    expect(configOf(variables).relyingParty).toEqual({ id, origins })
  })

  it.each([
    { name: 'of another domain', id: 'example.org', origins: 'https://example.com' },
    { name: 'whose name only ends like it', id: 'example.org', origins: 'https://badexample.org' },
    { name: 'that begins like it', id: 'example.org', origins: 'https://example.org.evil.example' },
    { name: 'of the domain above', id: 'app.example.org', origins: 'https://example.org' },
    { name: 'of this machine', id: 'example.org', origins: 'http://localhost:8787' },
    { name: 'by its address', id: 'localhost', origins: 'http://127.0.0.1:8787' },
    { name: 'that is the own one', id: 'example.org', origins: '' },
    {
      name: 'among others that are of it',
      id: 'example.org',
      origins: 'https://example.org,https://example.com,https://app.example.org',
    },
  ])('names the list and refuses an origin $name', ({ id, origins }) => {
    expect(faultOf({ WEBAUTHN_RP_ID: id, WEBAUTHN_ORIGINS: origins })).toBe(
      'Configuration: WEBAUTHN_ORIGINS has an origin that is not of WEBAUTHN_RP_ID.',
    )
  })

  it('refuses more than 20 origins', () => {
    const list = (count: number) =>
      Array.from({ length: count }, (_, place) => `https://a${place}.example.org`).join()
    const id = { WEBAUTHN_RP_ID: 'example.org' }
    expect(configOf({ ...id, WEBAUTHN_ORIGINS: list(20) }).relyingParty.origins).toHaveLength(20)
    expect(faultOf({ ...id, WEBAUTHN_ORIGINS: list(21) })).toMatch(/WEBAUTHN_ORIGINS/)
  })

  it.each(['http://127.0.0.1:8787', 'http://[::1]:8787'])(
    'starts on %s, where browsers make no passkeys',
    (origin) => {
      const { hostname } = new URL(origin)
      expect(configOf({ PUBLIC_ORIGIN: origin }).relyingParty).toEqual({
        id: hostname,
        origins: [origin],
      })
    },
  )
})

describe('readConfig: TRUSTED_ISSUERS', () => {
  it('fills in type, claim, algorithms and lifetime of an issuer', () => {
    expect(configOf(trust(OUTSIDE)).trustedIssuers).toEqual([
      {
        ...OUTSIDE,
        algorithms: ['ES256', 'EdDSA', 'Ed25519'],
        typ: 'at+jwt',
        userClaim: 'sub',
        maxTokenAgeSeconds: 3_600,
      },
    ])
  })

  it('takes several issuers with settings of their own', () => {
    const special = {
      ...OUTSIDE,
      issuer: 'https://other.example',
      algorithms: ['RS256', 'PS256', 'ES384'],
      typ: 'JWT',
      userClaim: 'employee',
      maxTokenAgeSeconds: 86_400,
    }
    expect(configOf(trust(OUTSIDE, special)).trustedIssuers[1]).toEqual(special)
  })

  it.each<{ name: string; issuer: Record<string, unknown>; fault: string }>([
    { name: 'no issuer', issuer: { issuer: undefined }, fault: 'TRUSTED_ISSUERS.0.issuer' },
    { name: 'an empty issuer', issuer: { issuer: '' }, fault: 'TRUSTED_ISSUERS.0.issuer' },
    { name: 'no audience', issuer: { audience: undefined }, fault: 'TRUSTED_ISSUERS.0.audience' },
    { name: 'no key set', issuer: { jwksUrl: undefined }, fault: 'TRUSTED_ISSUERS.0.jwksUrl' },
    {
      name: 'no organization',
      issuer: { organizationId: undefined },
      fault: 'TRUSTED_ISSUERS.0.organizationId',
    },
    {
      name: 'no algorithm',
      issuer: { algorithms: [] },
      fault: 'TRUSTED_ISSUERS.0.algorithms',
    },
    {
      name: 'the algorithm none',
      issuer: { algorithms: ['none'] },
      fault: 'TRUSTED_ISSUERS.0.algorithms.0',
    },
    {
      name: 'a symmetric algorithm',
      issuer: { algorithms: ['ES256', 'HS256'] },
      fault: 'TRUSTED_ISSUERS.0.algorithms.1',
    },
    {
      name: 'a lifetime of more than a day',
      issuer: { maxTokenAgeSeconds: 86_401 },
      fault: 'TRUSTED_ISSUERS.0.maxTokenAgeSeconds',
    },
    {
      name: 'half a second of lifetime',
      issuer: { maxTokenAgeSeconds: 60.5 },
      fault: 'TRUSTED_ISSUERS.0.maxTokenAgeSeconds',
    },
    { name: 'a member that there is not', issuer: { jwks: [] }, fault: 'TRUSTED_ISSUERS.0' },
  ])('refuses an issuer with $name', ({ issuer, fault }) => {
    expect(faultOf(trust({ ...OUTSIDE, ...issuer }))).toContain(`Configuration: ${fault} `)
  })

  it('refuses more than 20 issuers', () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ ...OUTSIDE, issuer: `https://i${index}` }))
    expect(configOf(trust(...many(20))).trustedIssuers).toHaveLength(20)
    expect(faultOf(trust(...many(21)))).toContain('TRUSTED_ISSUERS')
  })

  it.each([
    { name: 'an issuer twice', issuers: [OUTSIDE, OUTSIDE] },
    { name: 'our own issuer', issuers: [{ ...OUTSIDE, issuer: GOOD.ISSUER }] },
  ])('refuses $name (T8)', ({ issuers }) => {
    expect(faultOf(trust(...issuers))).toContain(
      'TRUSTED_ISSUERS names an issuer twice, or names ISSUER',
    )
  })

  const local = { PUBLIC_ORIGIN: 'http://localhost:8787' }
  it.each([
    { jwksUrl: 'http://localhost:9000/jwks', variables: local, isTaken: true },
    { jwksUrl: 'http://127.0.0.1:9000/jwks', variables: local, isTaken: true },
    { jwksUrl: 'http://localhost:9000/jwks', variables: {}, isTaken: false },
    { jwksUrl: 'http://issuer.example/jwks', variables: local, isTaken: false },
    { jwksUrl: 'ftp://localhost/jwks', variables: local, isTaken: false },
    { jwksUrl: 'file:///etc/jwks', variables: local, isTaken: false },
  ])('takes the key set $jwksUrl with $variables: $isTaken (J1)', (row) => {
    const fault = faultOf({ ...row.variables, ...trust({ ...OUTSIDE, jwksUrl: row.jwksUrl }) })
    const refusal = 'TRUSTED_ISSUERS has a jwksUrl that is not https'
    if (row.isTaken) expect(fault).toBe('none')
    else expect(fault).toContain(refusal)
  })
})
