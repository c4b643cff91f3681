/**
 * The host of outside issuers, for tests inside workerd, which can listen to nothing: a real HTTP server whose every path
 * answers as a test tells it to. It counts who comes.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** Origin of the server. */
    issuerHost: string
  }
}

/** What a path answers; `PUT /control/<path>` takes it as JSON, `GET /control/<path>` tells how often it was asked for. */
export interface HostAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
  /** What goes wrong: nothing comes for a while, or only half of the body, or the connection ends there. */
  readonly fault?: 'silent' | 'stalled' | 'cut' | 'reset'
}

/** Far behind the two seconds that a key set may take, so that a slow machine is not taken for a slow host. */
const SLOW_MILLISECONDS = 25_000

/** Starts the server once for the project, and stops it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const answers = new Map<string, HostAnswer>()
  const visits = new Map<string, number>()
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    const controlled = path.replace(/^\/control(?=\/)/, '')
    if (path === controlled) {
      visits.set(path, (visits.get(path) ?? 0) + 1)
      return write(response, answers.get(path) ?? { status: 404, body: '' })
    }
    if (request.method === 'GET') return void response.end(String(visits.get(controlled) ?? 0))
    return void readText(request).then((text) => {
      answers.set(controlled, JSON.parse(text) as HostAnswer)
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  project.provide('issuerHost', `http://127.0.0.1:${address.port}`)
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
}

function write(response: ServerResponse, { status = 200, headers, body, fault }: HostAnswer): void {
  const begin = () =>
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      ...headers,
    })
  if (fault === 'reset') return void response.destroy()
  if (fault === 'silent') return later(response, () => begin().end(body))
  if (fault === undefined) return void begin().end(body)
  const half = body.length >> 1
  begin().write(body.slice(0, half), () => {
    if (fault === 'cut') response.destroy()
    else later(response, () => response.end(body.slice(half)))
  })
}

/** Nothing is left running for a client that has gone away. */
function later(response: ServerResponse, run: () => void): void {
  const timer = setTimeout(run, SLOW_MILLISECONDS)
  response.on('close', () => clearTimeout(timer))
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}
