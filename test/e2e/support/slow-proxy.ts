/**
 * A long way to a server: every exchange of a request and its answer takes so much longer.
 */
import {
  Agent,
  createServer,
  request as sendRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

/** A proxy that runs. */
export interface SlowProxy {
  readonly baseUrl: string
  /** How many exchanges there were so far. */
  readonly exchanges: () => number
  readonly stop: () => Promise<void>
}

/**
 * Starts a proxy to a server. Connections cost nothing extra, though a long way has them wait, too: that spares
 * whoever opens one for each request.
 *
 * @param milliseconds - what is added to each exchange: half of it on the way there, half on the way back.
 */
export async function startSlowProxy(target: string, milliseconds: number): Promise<SlowProxy> {
  const agent = new Agent({ keepAlive: true })
  let exchanges = 0
  const relay = async (request: IncomingMessage, response: ServerResponse) => {
    exchanges += 1
    const body = await buffer(request)
    await sleep(milliseconds / 2)
    const answer = await forward(target, agent, request, body)
    const content = await buffer(answer)
    await sleep(milliseconds / 2)
    const { 'transfer-encoding': _framing, connection: _connection, ...headers } = answer.headers
    response.writeHead(answer.statusCode ?? 502, headers).end(content)
  }
  const server = createServer((request, response) => {
    relay(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    baseUrl: `http://localhost:${(server.address() as AddressInfo).port}`,
    exchanges: () => exchanges,
    stop: () =>
      new Promise((resolve) => {
        agent.destroy()
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

/** Sends what came on, to the server under its own name. */
function forward(
  target: string,
  agent: Agent,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
): Promise<IncomingMessage> {
  const { 'transfer-encoding': _framing, connection: _connection, ...kept } = headers
  const to = new URL(url ?? '/', target)
  const length = body.length > 0 ? { 'content-length': String(body.length) } : {}
  return new Promise((resolve, reject) => {
    sendRequest(to, { method, agent, headers: { ...kept, ...length, host: to.host } }, resolve)
      .on('error', reject)
      .end(body)
  })
}
