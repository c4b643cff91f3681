/**
 * `ETag`, `If-Match` and `If-None-Match` in all dialects, and that the document says which operation takes what.
 */
import { describe, expect, it } from 'vitest'
import { describeIfMatch, describeIfNoneMatch } from '../support/conditions.ts'
import { readDocument } from '../support/declared.ts'
import { CHANGES, CREDENTIAL_CHANGES, STATE_CHANGES } from '../support/idempotency.ts'
import { GET } from './dfns/routes.ts'
import * as rinne from './rinne/routes.ts'
import { ME } from './timbu/routes.ts'

const READS = [GET, ME, rinne.GET, rinne.ME]

describe.each(CHANGES)('$name', describeIfMatch)
describe.each(READS)('$name', describeIfNoneMatch)

/** As much of an operation as is asked here. */
interface Page {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[]
  readonly responses: Readonly<Record<string, { readonly headers?: object }>>
}

/** Of every answer, of some statuses whatever the operation, and of one answer alone. */
const OTHERS = [
  ...['X-Request-Id', 'x-api-version', 'RateLimit-Policy', 'Access-Control-Allow-Origin'],
  ...['Retry-After', 'WWW-Authenticate', 'Activate-Registration-Code'],
]

/** Lists the headers that an operation takes, and then those that its answers bring. */
const readHeaders = ({ parameters = [], responses }: Page) => [
  ...parameters.flatMap((one) => (one.in === 'header' ? one.name : [])),
  ...Object.values(responses)
    .flatMap(({ headers = {} }) => Object.keys(headers))
    .filter((name) => !OTHERS.includes(name) && !name.startsWith('x-ratelimit')),
]

describe('/openapi.json', () => {
  it('declares the headers of every change and reading of a user, and of nothing else', async () => {
    // What If-Match says of the changes of credentials, dfns/credentials.security.test.ts holds.
    const changes = [...CHANGES, ...CREDENTIAL_CHANGES].map((route) => {
      const reason = STATE_CHANGES.includes(route) ? ['Activate-Reason'] : []
      const answered = ['ETag', 'Idempotent-Replayed']
      return [route.name, ['Idempotency-Key', 'If-Match', ...reason, ...answered]] as const
    })
    // Its tag comes with the user, and with 304.
    const reads = READS.map(({ name }) => [name, ['If-None-Match', 'ETag', 'ETag']] as const)
    const declared = Object.entries((await readDocument()).paths).flatMap(([path, pages]) =>
      Object.entries(pages).map(([method, page]) => {
        return [`${method.toUpperCase()} ${path}`, readHeaders(page as Page)] as const
      }),
    )
    const named = declared.filter(([, headers]) => headers.length > 0)
    expect(Object.fromEntries(named)).toEqual(Object.fromEntries([...changes, ...reads]))
  })
})
