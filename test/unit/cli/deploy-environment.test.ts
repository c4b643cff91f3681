/**
 * The environments of wrangler.toml: as wrangler reads them, complete, apart from each other, and with the very lines
 * that the command tells an operator.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findFaults } from '../../../src/cli/deploy-check.ts'
import { writeCreateDatabase, writeCreateNamespace } from '../../../src/cli/deploy-commands.ts'
import { listEnvironments, readEnvironment } from '../../../src/cli/deploy-environment.ts'
import {
  DATABASE_ID,
  FILLED_TOML,
  NAMESPACE_ID,
  ORIGIN,
  REPOSITORY_TOML,
} from './deploy-configuration.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'activate-test-'))
})

afterEach(() => rm(folder, { recursive: true }))

async function write(text: string): Promise<string> {
  const file = path.join(folder, 'wrangler.toml')
  await writeFile(file, text)
  return file
}

describe('readEnvironment', () => {
  it('reads what an environment has and what it inherits', async () => {
    const environment = await readEnvironment('eu', await write(FILLED_TOML))
    expect(environment).toMatchObject({
      name: 'eu',
      workerName: 'activate-eu',
      databaseName: 'activate-eu',
      databaseId: DATABASE_ID,
      namespaceId: NAMESPACE_ID,
      routes: [{ pattern: new URL(ORIGIN).hostname, isCustomDomain: true }],
      // Said once, at the top level.
      isOnWorkersDev: false,
      variables: { PUBLIC_ORIGIN: ORIGIN, ISSUER: ORIGIN, RATE_LIMITS: 'on' },
    })
    expect(environment.limits).toContainEqual({
      name: 'RATE_LIMITER',
      namespaceId: '1201',
      limit: 1000,
      periodSeconds: 60,
    })
    expect(Object.keys(environment.taken)).toEqual(['production', 'uae'])
  })

  it('reads no other environment than the one that is named', async () => {
    process.env['CLOUDFLARE_ENV'] = 'uae'
    try {
      const file = await write(FILLED_TOML.replace('AUDIENCE = "activate"\n', ''))
      const environment = await readEnvironment('eu', file)
      expect(environment.variables['PUBLIC_ORIGIN']).toBe(ORIGIN)
      // The first AUDIENCE of the file is that of the top level.
      expect(environment.knownVariables).not.toContain('AUDIENCE')
    } finally {
      delete process.env['CLOUDFLARE_ENV']
    }
  })

  it('tells nothing of a file without stores, routes and limits', async () => {
    const toml = 'name = "a"\ncompatibility_date = "2026-10-23"\n[env.eu]\nroutes = ["a.test/*"]\n'
    expect(await readEnvironment('eu', await write(toml))).toMatchObject({
      workerName: 'a-eu',
      databaseName: 'activate-eu',
      databaseId: '',
      namespaceId: null,
      routes: [{ pattern: 'a.test/*', isCustomDomain: false }],
      isOnWorkersDev: true,
      limits: [],
    })
  })

  it('tells a namespace without an id from none', async () => {
    const toml = `${FILLED_TOML}\n[env.us]\n[[env.us.kv_namespaces]]\nbinding = "IDEMPOTENCY"\n`
    expect((await readEnvironment('us', await write(toml))).namespaceId).toBe('')
  })

  it("fails in wrangler's words when the file is not what wrangler takes", async () => {
    const file = await write(FILLED_TOML.replace('period = 60', 'period = 30'))
    await expect(readEnvironment('eu', file)).rejects.toThrow('simple.period')
  })
})

describe('wrangler.toml', () => {
  it('has three environments beside the top level', async () => {
    expect(await listEnvironments(await write(REPOSITORY_TOML))).toEqual([
      'production',
      'eu',
      'uae',
    ])
  })

  it.each(['production', 'eu', 'uae'])(
    'misses in %s only what an operator has to make',
    async (name) => {
      const environment = await readEnvironment(name, await write(REPOSITORY_TOML))
      const missing = findFaults(environment).map((fault) => fault.split(' ').slice(0, 2).join(' '))
      expect(missing).toEqual([
        `[[env.${name}.d1_databases]] database_id`,
        `[[env.${name}.kv_namespaces]] id`,
        `[env.${name}.vars] PUBLIC_ORIGIN`,
        `[env.${name}.vars] ISSUER`,
        `[env.${name}] routes`,
      ])
    },
  )

  it.each(['production', 'eu', 'uae'])('has the lines that make the stores of %s', async (name) => {
    const { databaseName, workerName } = await readEnvironment(name, await write(REPOSITORY_TOML))
    const lines = REPOSITORY_TOML.split('\n')
    const above = (header: string) => lines[lines.indexOf(header) - 1]
    expect(above(`[[env.${name}.d1_databases]]`)).toBe(
      `# ${writeCreateDatabase(name, databaseName)}`,
    )
    expect(above(`[[env.${name}.kv_namespaces]]`)).toBe(
      `# ${writeCreateNamespace(name, workerName)}`,
    )
  })

  it('keeps the data of the European Union there, and those of the Emirates near them', () => {
    expect(writeCreateDatabase('eu', 'a')).toContain('d1 create a --jurisdiction eu')
    expect(writeCreateNamespace('eu', 'a')).toContain('create a-idempotency --jurisdiction eu')
    expect(writeCreateDatabase('uae', 'a')).toContain('d1 create a --location eeur')
  })

  it('repeats nothing that environments inherit', () => {
    const inherited = [
      'main',
      'compatibility_date',
      'minify',
      'workers_dev',
      'crons',
      'run_worker_first',
    ]
    for (const key of inherited) {
      expect(
        REPOSITORY_TOML.split('\n').filter((line) => line.startsWith(`${key} =`)),
      ).toHaveLength(1)
    }
  })
})
