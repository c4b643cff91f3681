/**
 * When a document is written: an isolate that only activates never pays for one, and one that is asked pays once.
 */
import { OpenAPIHono } from '@hono/zod-openapi'
import { describe, expect, it } from 'vitest'
import type { Services } from '../../../src/dialects/dialect.ts'
import type { AppEnv } from '../../../src/http/app-env.ts'
import { mountPublicPages } from '../../../src/http/public-pages.ts'
import { NO_LIMITS } from '../../../src/http/rate-limits.ts'
import { toy } from '../../support/toy-dialect.ts'

/** Mounts the pages of one dialect, and counts how often anybody looks at its operations. */
function mountToy() {
  let looks = 0
  const operations = toy.createOperations({} as Services)
  const app = new OpenAPIHono<AppEnv>()
  mountPublicPages(app, {
    origin: 'http://localhost',
    dialects: [
      {
        ...toy,
        basePaths: [''],
        get operations() {
          looks += 1
          return operations
        },
      },
    ],
    publicKeySet: { keys: [] },
    findFault: () => Promise.resolve(null),
    limits: NO_LIMITS,
  })
  return { read: async (path: string) => (await app.request(path)).text(), countLooks: () => looks }
}

describe('mountPublicPages', () => {
  it.each(['/openapi.json', '/openapi/toy.json'])(
    'writes %s at the first question for it, and never again',
    async (path) => {
      const { read, countLooks } = mountToy()
      await read('/.well-known/jwks.json')
      expect(countLooks()).toBe(0)
      const first = await read(path)
      expect(JSON.parse(first)).toMatchObject({ paths: { '/toy/{name}/on': {} } })
      const once = countLooks()
      expect(once).toBeGreaterThan(0)
      expect(await read(path)).toBe(first)
      expect(countLooks()).toBe(once)
    },
  )
})
