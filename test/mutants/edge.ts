/**
 * A mutant for each clause of HTTP hygiene, limits, logs, logins and the document that has no rule of its own
 * (RULES.md section 5, threats 16-18).
 */
import type { MutantRow } from './mutants.ts'

const LIMITS = 'test/unit/http/rate-limits.test.ts'
const LIMITS_OVER_HTTP = 'test/conformance/rate-limits.test.ts'
const NETWORK = 'test/unit/http/network.test.ts'
const CORS = 'test/unit/http/cors.test.ts'
const HYGIENE = 'test/unit/http/hygiene.test.ts'

/** In the order of a request. */
// prettier-ignore
export const EDGE_MUTANTS: readonly MutantRow[] = [
  [
    'section 5', 'a whole organization is counted as one sender',
    LIMITS, 'src/http/rate-limits.ts',
    '${identityOf(principal)}',
    '',
  ],
  [
    'section 5', 'a counter that fails stops the service',
    LIMITS, 'src/http/rate-limits.ts',
    `      return null
    }`,
    `      return refusal
    }`,
  ],
  [
    'section 5', 'each address of IPv6 is a network',
    NETWORK, 'src/http/network.ts',
    'groups.slice(0, 4)',
    'groups',
  ],
  [
    'section 5', 'an IPv4 address that is mapped is another network',
    NETWORK, 'src/http/network.ts',
    "groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff'",
    'groups.length === 0',
  ],
  [
    'section 5', 'logins and signatures are not counted',
    LIMITS_OVER_HTTP, 'src/http/operation.ts',
    'if (page.isSigning) {',
    'if (page.isSigning && limits.policy === null) {',
  ],
  [
    'section 5', 'too many failed authentications are answered as one is',
    LIMITS_OVER_HTTP, 'src/http/mount.ts',
    'refuse(c, limited ?? failure, form)',
    'refuse(c, failure, form)',
  ],
  [
    'section 5', 'pages of any origin may read answers',
    CORS, 'src/http/cors.ts',
    '!origins.includes(origin)',
    "origin === ''",
  ],
  [
    'section 5', 'a preflight is allowed what it asks for',
    CORS, 'src/http/cors.ts',
    "'access-control-allow-headers', ALLOWED_HEADERS",
    "'access-control-allow-headers', request.headers.get('access-control-request-headers') ?? ''",
  ],
  [
    'section 5', 'a refusal may be kept by what is on the way',
    HYGIENE, 'src/http/hygiene.ts',
    "if (!headers.has('cache-control'))",
    "if (c.res.ok && !headers.has('cache-control'))",
  ],
  [
    'section 5', 'a wrong method is a path that there is not',
    'test/conformance/public-pages.test.ts', 'src/http/mount.ts',
    "{ reason: 'method_not_allowed', allow }",
    "{ reason: 'route_not_found' }",
  ],
  [
    'section 5', 'a body that breaks off is a fault of the service',
    'test/unit/http/body.test.ts', 'src/http/body.ts',
    '.catch(() => undefined)',
    '',
  ],
  [
    'section 5', 'the sender of a body that is too large may lose the answer',
    'test/unit/http/body.test.ts', 'src/http/body.ts',
    'MAX_BODY_BYTES, MAX_DISCARDED_BYTES)',
    'MAX_BODY_BYTES)',
  ],
  [
    'section 5', 'a line of the log has the path',
    'test/unit/http/log.test.ts', 'src/http/log.ts',
    "c.get('route') ?? 'none'",
    "c.get('context').path",
  ],
  [
    'section 5', 'a round trip to D1 is not counted',
    'test/integration/log-lines.test.ts', 'src/store/database.ts',
    '.finally(beginTrip())',
    '',
  ],
  [
    'section 5', 'several keys tell that somebody is there',
    'test/unit/auth/decoy.test.ts', 'src/auth/decoy.ts',
    'decoys.slice(0, count < 160',
    'decoys.slice(0, count < 256',
  ],
  [
    'section 5', 'a refusal that came at once tells that nobody is there',
    'test/unit/auth/login-flow.test.ts', 'src/auth/login-flow.ts',
    '    await verifyForNobody(assertion, nonce, relyingParty)\n    return',
    '    return',
  ],
  [
    'section 5', 'an answer does not say of which release it is',
    HYGIENE, 'src/http/hygiene.ts',
    "headers.set('x-api-version', VERSION)",
    '',
  ],
  [
    'section 5', 'the log does not say what was wrong with a token',
    'test/integration/log-lines.test.ts', 'src/http/log.ts',
    "refusal && 'cause' in refusal ? refusal.cause : undefined",
    'undefined',
  ],
  [
    'section 5', 'a document is written at every question',
    'test/unit/http/public-pages.test.ts', 'src/http/public-pages.ts',
    'document ??= writeDocument(',
    'document = writeDocument(',
  ],
  [
    'section 5', 'the document names but what any request is refused for',
    'test/conformance/openapi-snapshot.test.ts', 'src/http/openapi-refusals.ts',
    '...new Set([...reasons, ...EVERYWHERE])',
    '...new Set([...EVERYWHERE])',
  ],
]
