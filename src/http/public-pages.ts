/**
 * What belongs to no dialect and needs no token: the document, the keys, the health of the service.
 */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Handler } from 'hono'
import type { AppEnv } from './app-env.ts'
import { refuse } from './hygiene.ts'
import { refuseMethod } from './mount.ts'
import { writeDocument, type DocumentPart } from './openapi.ts'
import type { RateLimits } from './rate-limits.ts'
import { JSON_TYPE } from './refusal-form.ts'
import { VERSION } from './version.ts'

const DESCRIPTION =
  'Switches user accounts on and off for clients anywhere: who may, with what proof of intent, exactly once, on record.'

/** Kept by browsers and proxies for five minutes; a new key is published long before it signs (rule J4). */
const PUBLIC_CACHE = 'public, max-age=300'

/** One dialect's own document; its name is in the path: `/openapi/<name>.json`. */
export interface DialectPages extends DocumentPart {
  /** Where its paths begin, behind the origin; the first one is the vendor's own. */
  readonly basePaths: readonly string[]
}

/** What the pages tell of. */
export interface PublicPages {
  readonly origin: string
  readonly dialects: readonly DialectPages[]
  readonly publicKeySet: { readonly keys: readonly unknown[] }
  /** Names what keeps the service from serving; null when nothing does. */
  readonly findFault: () => Promise<string | null>
  readonly limits: RateLimits
}

/** Mounts the public pages. */
export function mountPublicPages(app: OpenAPIHono<AppEnv>, pages: PublicPages): void {
  const publish = (path: string, handler: Handler<AppEnv>) => {
    app.get(path, (c, next) => {
      c.set('route', path)
      return handler(c, next)
    })
    app.all(path, refuseMethod(['GET', 'HEAD', 'OPTIONS']))
  }
  publish('/', (c) => c.redirect('/docs/', 302))
  const publishDocument = (path: string, title: string, dialects: readonly DialectPages[]) => {
    // A document of one dialect begins where the vendor's does; all together they share the origin alone.
    const [basePath = ''] = dialects.length === 1 ? (dialects[0]?.basePaths ?? []) : []
    let document: string | null = null
    publish(path, () => {
      // Built at the first question: an isolate that only activates never pays for it.
      document ??= writeDocument(
        { title, version: VERSION, description: DESCRIPTION, origin: pages.origin, basePath },
        dialects,
      )
      return answer(document, PUBLIC_CACHE)
    })
  }
  publishDocument('/openapi.json', 'Activate', pages.dialects)
  for (const dialect of pages.dialects) {
    publishDocument(`/openapi/${dialect.name}.json`, `Activate: ${dialect.title}`, [dialect])
  }
  publish('/.well-known/jwks.json', () => answer(JSON.stringify(pages.publicKeySet), PUBLIC_CACHE))
  publish('/health', () => answer('{"status":"ok"}'))
  publish('/ready', async (c) => {
    // The one page that costs a call of the database, for whoever asks.
    const limited = await pages.limits.countNetwork('signing', c.req.raw.headers)
    if (limited) return refuse(c, limited)
    const fault = await pages.findFault()
    return fault === null
      ? answer('{"status":"ready"}')
      : refuse(c, { reason: 'unavailable', cause: fault })
  })
}

const answer = (body: string, cache?: string): Response =>
  new Response(body, {
    headers: {
      'content-type': JSON_TYPE,
      ...(cache ? { 'cache-control': cache } : {}),
    },
  })
