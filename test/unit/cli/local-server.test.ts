/**
 * Whether a port is free and a server answers, over loopback; and what the operator reads then.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { describeServer } from '../../../src/cli/dev.ts'
import { isPortTaken, waitUntilAnswering } from '../../../src/cli/local-server.ts'

let server: Server
let port: number
let answers: number[]

beforeEach(async () => {
  answers = []
  server = createServer((_, response) => {
    response.statusCode = answers.shift() ?? 200
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})

const close = () => new Promise((resolve) => server.close(resolve))

afterEach(close)

const never = new Promise<number>(() => undefined)

describe('isPortTaken', () => {
  it('tells a port that somebody listens on from one that nobody does', async () => {
    expect(await isPortTaken(port)).toBe(true)
    await close()
    expect(await isPortTaken(port)).toBe(false)
  })
})

describe('waitUntilAnswering', () => {
  it('waits through failures until the first answer', async () => {
    answers = [503, 500, 200]
    expect(await waitUntilAnswering(`http://localhost:${port}`, never)).toBe(true)
    expect(answers).toEqual([])
  })

  it('gives up when the server has ended', async () => {
    await close()
    expect(await waitUntilAnswering(`http://localhost:${port}`, Promise.resolve(1))).toBe(false)
  })
})

describe('describeServer', () => {
  it('prints both addresses and one call with a token and an inactive user', () => {
    const credential = { credId: '', algorithm: 'Ed25519', privateKeyPem: '' } as const
    const admin = {
      userId: 'us-1',
      username: 'a@demo.example',
      email: 'a@demo.example',
      kind: 'CustomerEmployee',
      tokenKind: 'Token',
      token: 'e.y.J',
      tokenExpiresAt: '',
      credential,
    } as const
    const lines = describeServer({
      baseUrl: 'http://localhost:8788',
      organization: { orgId: 'or-1', tenantId: 'acct-1' },
      actors: { admin },
      targets: { inactive: { userId: 'us-2', email: 'i@demo.example', state: 'inactive' } },
    }).split('\n')
    expect(lines).toContain('  API       http://localhost:8788')
    expect(lines).toContain('  Explorer  http://localhost:8788/docs')
    expect(lines).toContain(
      "curl -sS -H 'Authorization: Bearer e.y.J' http://localhost:8788/auth/users/us-2",
    )
  })
})
