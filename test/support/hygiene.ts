/**
 * What each path allows, and every header of every answer (RULES section 5). Knows neither platform nor service.
 */
import packageJson from '../../package.json' with { type: 'json' }
import { SECURITY_HEADERS } from './api-headers.ts'

/** Paths of the dialects with their `Allow`, to the letter. */
export const PATHS: Readonly<Record<string, string>> = {
  '/auth/users/{id}/activate': 'PUT, OPTIONS',
  '/auth/users/{id}/deactivate': 'PUT, OPTIONS',
  '/auth/users': 'GET, POST, HEAD, OPTIONS',
  '/auth/users/{id}': 'GET, PUT, DELETE, HEAD, OPTIONS',
  '/auth/login/init': 'POST, OPTIONS',
  '/auth/login': 'POST, OPTIONS',
  '/auth/logout': 'PUT, OPTIONS',
  '/auth/action/init': 'POST, OPTIONS',
  '/auth/action': 'POST, OPTIONS',
  '/auth/credentials': 'GET, POST, HEAD, OPTIONS',
  '/auth/credentials/init': 'POST, OPTIONS',
  '/auth/credentials/activate': 'PUT, OPTIONS',
  '/auth/credentials/deactivate': 'PUT, OPTIONS',
  '/auth/registration/init': 'POST, OPTIONS',
  '/auth/registration': 'POST, OPTIONS',
  '/users/{id}/activate': 'PUT, OPTIONS',
  '/users/{id}/deactivate': 'PUT, OPTIONS',
  '/users/me': 'GET, HEAD, OPTIONS',
  '/organizations/{id}/users': 'GET, HEAD, OPTIONS',
  '/v1/users/{id}/activate': 'POST, OPTIONS',
  '/v1/users/{id}/suspend': 'POST, OPTIONS',
  '/v1/users': 'GET, POST, HEAD, OPTIONS',
  '/v1/users/{id}': 'GET, HEAD, OPTIONS',
  '/v1/roles': 'GET, HEAD, OPTIONS',
  '/v1/auth/me': 'GET, HEAD, OPTIONS',
}

/** Paths that belong to no dialect, each `GET, HEAD, OPTIONS`. */
export const PUBLIC_PATHS: readonly string[] = [
  ...['/', '/health', '/ready', '/openapi.json', '/.well-known/jwks.json'],
  ...['dfns', 'timbu', 'rinne'].map((name) => `/openapi/${name}.json`),
]

/** Paths that there are not, in every family. */
export const UNKNOWN_PATHS: readonly string[] = [
  ...['/auth', '/auth/nothing', '/users', '/users/nothing', '/organizations', '/organizations/x'],
  ...['/v1', '/v1/nothing', '/core', '/core/nothing', '/core/auth/users', '/nothing', '/openapi'],
]

/** Every path, those of Rinne under the vendor's base path too. */
export const ALL_PATHS: readonly string[] = [
  ...Object.keys(PATHS).flatMap((path) => (path.startsWith('/v1') ? [path, `/core${path}`] : path)),
  ...PUBLIC_PATHS,
  ...UNKNOWN_PATHS,
]

/** The `Allow` of a path; undefined for one that there is not. */
export const allowOf = (path: string): string | undefined =>
  PUBLIC_PATHS.includes(path) || /^\/docs(\/|$)/.test(path)
    ? 'GET, HEAD, OPTIONS'
    : PATHS[path.replace(/^\/core(?=\/v1)/, '')]

/** What was sent: none, one that is no token, or a living one, of the kind that the path asks for. */
export type TokenSent = 'no' | 'a bad' | 'a good'

const isOfDialect = (path: string) => /^\/(auth|users|organizations|v1|core)(\/|$)/.test(path)
/** Tells whether a path is of Timbu, whose statuses differ. */
export const isTimbu = (path: string) => /^\/(users|organizations)(\/|$)/.test(path)

/** The status that a request without a body has, of somebody with all powers and about itself. */
export function statusOf(path: string, method: string, token: TokenSent): number {
  const allow = allowOf(path)
  if (allow === undefined) return 404
  if (method === 'OPTIONS') return 204
  if (!allow.split(', ').includes(method)) return 405
  if (!isOfDialect(path)) return path === '/' ? 302 : 200
  if (/^\/auth\/(login|registration\/init)/.test(path)) return 400
  if (token !== 'a good') return isTimbu(path) ? 403 : 401
  if (['GET', 'HEAD'].includes(method) || path === '/auth/logout') return 200
  if (isTimbu(path)) return 422
  // Where no body is needed it is the user action that is missing.
  return /\}\/(de)?activate$|suspend$/.test(path) || method === 'DELETE' ? 403 : 400
}

/** Every header of an answer, as `headersIn` reads them. */
export function headersOf(path: string, status: number, token: TokenSent): Record<string, string> {
  const isKept = status === 200 && /^\/(openapi|\.well-known).*json$/.test(path)
  const isTagged = status === 200 && /\/me$|(auth|v1)\/users\/\{id\}$/.test(path)
  const type = isOfDialect(path) || status === 200 ? 'json' : 'problem+json'
  const allow = allowOf(path) ?? ''
  return {
    ...SECURITY_HEADERS,
    'permissions-policy':
      'accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()',
    'cache-control': isKept ? 'public, max-age=300' : 'no-store',
    'x-request-id': '<id>',
    'x-api-version': packageJson.version,
    ...([204, 302].includes(status)
      ? {}
      : { 'content-type': `application/${type}; charset=utf-8` }),
    ...(status === 302 ? { location: '/docs/' } : {}),
    ...([204, 405].includes(status) ? { allow } : {}),
    ...(status === 401
      ? { 'www-authenticate': token === 'no' ? 'Bearer' : 'Bearer error="invalid_token"' }
      : {}),
    ...(status === 503 ? { 'retry-after': '1' } : {}),
    ...(isTagged ? { etag: '"<version>"' } : {}),
  }
}

/** Reads all headers of an answer, without what differs between any two. */
export const headersIn = (headers: Iterable<readonly [string, string]>): Record<string, string> =>
  Object.fromEntries(
    [...headers].map(([name, value]) => {
      if (name === 'x-request-id') return [name, value.replace(/^req_[0-9a-f]{32}$/, '<id>')]
      return [name, name === 'etag' ? value.replace(/^"\d+"$/, '"<version>"') : value]
    }),
  )
