/**
 * Which arguments `npm run dev` takes, hands on and refuses (invariant 10).
 */
import { describe, expect, it } from 'vitest'
import { parseDevArguments } from '../../../src/cli/dev-arguments.ts'
import { listServerArguments } from '../../../src/cli/local-server.ts'

describe('parseDevArguments', () => {
  it.each([
    { name: 'nothing', argv: [], value: { port: 8787, forwarded: [] } },
    { name: 'a port', argv: ['--port', '8788'], value: { port: 8788, forwarded: [] } },
    { name: 'a port after =', argv: ['--port=8788'], value: { port: 8788, forwarded: [] } },
    {
      name: 'variables and options of wrangler',
      argv: ['--var', 'LOG_LEVEL:debug', '--port', '9000', '--ip', '0.0.0.0', '--live-reload'],
      value: {
        port: 9000,
        forwarded: ['--var', 'LOG_LEVEL:debug', '--ip', '0.0.0.0', '--live-reload'],
      },
    },
  ])('takes $name', ({ argv, value }) => {
    expect(parseDevArguments(argv)).toEqual({ ok: true, value })
  })

  it.each([
    { name: '--remote', argv: ['--remote'] },
    { name: '--remote=true', argv: ['--remote=true'] },
    { name: '--env', argv: ['--env', 'production'] },
    { name: '--env=production', argv: ['--env=production'] },
    { name: '-e', argv: ['-e', 'production'] },
    { name: '-e with its value attached', argv: ['-eproduction'] },
    { name: '--remote behind other options', argv: ['--port', '9000', '--remote'] },
    { name: 'another configuration', argv: ['-c', 'other.toml'] },
    { name: 'another store', argv: ['--persist-to', 'elsewhere'] },
    { name: 'another store in camel case', argv: ['--persistTo=elsewhere'] },
  ])('refuses $name', ({ argv }) => {
    expect(parseDevArguments(argv)).toEqual({ ok: false, failure: expect.stringContaining('no -') })
  })

  it.each(['', '0', '65536', 'http', '-1'])('refuses "%s" as a port', (port) => {
    expect(parseDevArguments([`--port=${port}`]).ok).toBe(false)
  })

  it('refuses a port that is not given', () => {
    expect(parseDevArguments(['--port']).ok).toBe(false)
  })
})

describe('listServerArguments', () => {
  const written = listServerArguments({ port: 8788, forwarded: ['--var', 'ISSUER:x'] })

  it('names the origin in every variable that needs it', () => {
    for (const name of ['PUBLIC_ORIGIN', 'ISSUER', 'WEBAUTHN_ORIGINS']) {
      expect(written).toContain(`${name}:http://localhost:8788`)
    }
  })

  it("puts the caller's arguments last, where wrangler lets them win", () => {
    expect(written.slice(-4)).toEqual(['--port', '8788', '--var', 'ISSUER:x'])
  })

  it('forbids remote bindings', () => {
    expect(written).toContain('--local')
  })
})
