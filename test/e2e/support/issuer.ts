/**
 * An outside issuer: a real HTTP server with a JWKS, whose behaviour tests choose, and tokens signed by its key.
 */
import { createServer, type Server } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

/** How the JWKS is answered. */
export type IssuerMode = 'well' | 'failing' | 'redirecting'

/** An issuer that runs. */
export interface OutsideIssuer {
  readonly issuer: string
  readonly jwksUrl: string
  /** How often the JWKS was asked for. */
  readonly requests: () => number
  readonly setMode: (mode: IssuerMode) => void
  readonly issue: (
    claims: Readonly<Record<string, unknown>>,
    options?: {
      readonly audience?: string
      readonly typ?: string
      readonly kid?: string
      readonly lifetimeSeconds?: number
    },
  ) => Promise<string>
  readonly stop: () => Promise<void>
}

/** Starts an issuer with one P-256 key. */
export async function startIssuer(audience: string, port: number): Promise<OutsideIssuer> {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'outside-1', alg: 'ES256', use: 'sig' }
  let mode: IssuerMode = 'well'
  let requests = 0
  const server = createServer((_request, response) => {
    requests += 1
    if (mode === 'failing') return void response.writeHead(500).end('broken')
    if (mode === 'redirecting') return void response.writeHead(302, { location: '/other' }).end()
    response.writeHead(200, { 'content-type': 'application/json' })
    return void response.end(JSON.stringify({ keys: [jwk] }))
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const issuer = 'https://login.example.test/'
  return {
    issuer,
    jwksUrl: `http://127.0.0.1:${port}/jwks.json`,
    requests: () => requests,
    setMode: (next) => (mode = next),
    issue: (claims, options = {}) => {
      const iat = Math.floor(Date.now() / 1000)
      return new SignJWT({ iat, exp: iat + (options.lifetimeSeconds ?? 300), ...claims })
        .setProtectedHeader({
          alg: 'ES256',
          typ: options.typ ?? 'at+jwt',
          kid: options.kid ?? 'outside-1',
        })
        .setIssuer(issuer)
        .setAudience(options.audience ?? audience)
        .sign(privateKey)
    },
    stop: () => stop(server),
  }
}

const stop = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.closeAllConnections()
    server.close(() => resolve())
  })
