/**
 * The first minutes of a new user: `npm run dev` in a fresh folder, what it prints, what it leaves, and its commands.
 */
import { execFile, execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, inject, it } from 'vitest'

const run = promisify(execFile)
const folder = inject('folder')
const demo = inject('demo')

/** Runs a file of the command line in the folder of the server. */
const runCli = (file: string, ...options: string[]) =>
  run(process.execPath, [`src/cli/${file}.ts`, ...options], { cwd: folder })

/** Runs a command that must fail, and returns how. */
const failCli = async (file: string, ...options: string[]) =>
  runCli(file, ...options).then(
    () => ({ code: 0, stderr: '' }),
    (error: { code: number; stderr: string }) => ({ code: error.code, stderr: error.stderr }),
  )

describe('npm run dev', () => {
  it('prints no warning that a user would have to ask about', () => {
    // The emulator says that cron triggers are not fired by themselves; everything else would be ours to mend.
    const lines = inject('firstOutput').split('\n')
    const warnings = lines.filter((line) => /warn|error|deprecat|unable/i.test(line))
    expect(warnings.filter((line) => !/Scheduled Workers/.test(line))).toEqual([])
  })

  it('prints a curl line that works when it is pasted', () => {
    const line = inject('firstOutput')
      .split('\n')
      .find((one) => one.trim().startsWith('curl '))
    const answer = execFileSync('bash', ['-c', `${line}`], { encoding: 'utf8' })
    const { userId, email } = demo.targets['inactive'] ?? expect.unreachable()
    expect(JSON.parse(answer)).toMatchObject({ userId, username: email })
  })

  it('limits bad tokens of one network, as a deployment does', () => {
    const limits = inject('firstLimits')
    expect(limits.slice(0, 60).map(({ status }) => status)).toEqual(Array(60).fill(401))
    const late = limits.filter(({ status }) => status !== 401)
    expect(late.length).toBeGreaterThan(0)
    expect(new Set(late.map((one) => JSON.stringify(one)))).toEqual(
      new Set(['{"status":429,"retryAfter":"60"}']),
    )
  })

  it('keeps keys, tokens and private keys from other users of the machine', () => {
    for (const name of ['.dev.vars', '.dev/demo.json']) {
      expect(statSync(path.join(folder, name)).mode & 0o777, name).toBe(0o600)
    }
    expect(readFileSync(path.join(folder, '.dev.vars'), 'utf8')).toMatch(
      /^SIGNING_KEYS='\[.+\]'\n$/,
    )
  })

  it('keeps its data and its keys over a second start', () => {
    const first = inject('firstDemo')
    expect(demo.organization).toEqual(first.organization)
    expect(demo.targets).toEqual(first.targets)
    for (const [name, { userId, credential }] of Object.entries(first.actors)) {
      expect(demo.actors[name]).toMatchObject({ userId, credential })
    }
  })

  it.each(['--remote', '--env=production', '--env', '-e'])('refuses %s', async (option) => {
    const { code, stderr } = await failCli('dev', option, 'production')
    expect(code).toBe(2)
    expect(stderr).toContain('Usage: npm run dev')
  })
})

describe('npm run token', () => {
  it('prints a fresh token of an actor, which works', async () => {
    const { stdout } = await runCli('token', 'admin')
    const answer = await fetch(`${demo.baseUrl}/auth/users`, {
      headers: { authorization: `Bearer ${stdout.trim()}` },
    })
    expect(answer.status).toBe(200)
  })

  it('ends a token by its jti', async () => {
    const { stdout } = await runCli('token', 'serviceAccount')
    const token = stdout.trim()
    const read = () =>
      fetch(`${demo.baseUrl}/auth/users?limit=1`, { headers: { authorization: `Bearer ${token}` } })
    expect((await read()).status).toBe(200)
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()
    await runCli('token', 'revoke', (JSON.parse(payload) as { jti: string }).jti)
    expect((await read()).status).toBe(401)
  })

  it('lists the actors when the name is none', async () => {
    const { code, stderr } = await failCli('token', 'nobody')
    expect(code).toBe(2)
    expect(stderr).toContain('secondAdmin')
  })
})

describe('npm run seed', () => {
  it('adds users that the API then lists', async () => {
    await runCli('seed', '--users', '300')
    const answer = await fetch(`${demo.baseUrl}/auth/users?limit=200`, {
      headers: { authorization: `Bearer ${demo.actors['admin']?.token}` },
    })
    const page = (await answer.json()) as { items: unknown[]; nextPageToken?: string }
    expect(page.items).toHaveLength(200)
    expect(page.nextPageToken).toBeTypeOf('string')
  })

  it('asks for a number', async () => {
    expect((await failCli('seed', '--users', 'many')).code).toBe(2)
  })
})

describe('npm run bootstrap', () => {
  it('makes an organization whose administrator logs in and activates', async () => {
    const { generateKey, createClient, logIn } = await import('./support/client.ts')
    const { writeFileSync } = await import('node:fs')
    const key = generateKey('P-256')
    writeFileSync(path.join(folder, 'admin.pem'), key.publicKeyPem)
    const { stdout } = await runCli(
      'bootstrap',
      ...['--organization', "O'Neill & Sons", '--username', 'root@oneill.example'],
      ...['--public-key', 'admin.pem', '--dialects', 'dfns'],
    )
    const find = (pattern: RegExp) => pattern.exec(stdout)?.[0] ?? ''
    const orgId = find(/or-\w{5}-\w{5}-\w{14,16}/)
    const credId = find(/\b[A-Za-z0-9_-]{43}\b/)
    const administrator = {
      ...(demo.actors['admin'] as NonNullable<(typeof demo.actors)[string]>),
      username: 'root@oneill.example',
      credential: { credId, algorithm: 'P-256', privateKeyPem: key.privateKeyPem },
    }
    const own = { ...demo, organization: { orgId, tenantId: '' } }
    const token = await logIn(own, administrator)
    const client = createClient(own, administrator, { token })
    const user = await client.auth.createUser({
      body: { email: 'first@oneill.example', kind: 'CustomerEmployee' },
    })
    await client.auth.deactivateUser({ userId: user.userId })
    expect(await client.auth.activateUser({ userId: user.userId })).toMatchObject({
      orgId,
      isActive: true,
    })
  })

  it('asks which dialects are on', async () => {
    const { code, stderr } = await failCli(
      'bootstrap',
      ...['--organization', 'X', '--username', 'x', '--public-key', 'admin.pem'],
    )
    expect(code).toBe(2)
    expect(stderr).toContain('--dialects')
  })
})
