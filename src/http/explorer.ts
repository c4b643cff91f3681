/**
 * The explorer's files below `/docs`: the platform has them, and this says how they may be asked for. The platform by
 * itself refuses methods without `Allow`, and has its refusals kept for as long as its files.
 */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from './app-env.ts'
import { refuse } from './hygiene.ts'
import { refuseMethod } from './mount.ts'

/**
 * Mounts the explorer. It is there whatever else is wrong: its files need no configuration.
 *
 * @param fetchFile - asks the platform for a file; their headers, policy and caching stand in its `_headers`.
 */
export function mountExplorer(
  app: OpenAPIHono<AppEnv>,
  fetchFile: (request: Request) => Promise<Response>,
): void {
  for (const path of ['/docs', '/docs/*']) {
    app.get(path, async (c) => {
      c.set('route', '/docs')
      const file = await fetchFile(c.req.raw)
      if (file.status === 404) return refuse(c, { reason: 'route_not_found' })
      // Another answer of the same content: to the platform's own nothing can be added.
      return new Response(file.body, file)
    })
    app.all(path, refuseMethod(['GET', 'HEAD', 'OPTIONS']))
  }
}
