/**
 * The projects: `unit` in plain Node, `workers` inside workerd with real D1 and KV; there too, with what takes longer than
 * a minute, `proof`, `corpora`, and `vectors`, which reads files from outside; `e2e` against `wrangler dev`.
 */
import { generateKeyPairSync } from 'node:crypto'
import path from 'node:path'
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-pool-workers'
import { defineConfig } from 'vitest/config'
import { mutantPlugins } from './mutants/plugin.ts'

const root = path.join(import.meta.dirname, '..')

// The plugin would take wrangler's own settings in .env for bindings, as wrangler does not (see .env).
process.env['CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV'] ??= 'false'

/** Keys of this run alone, so that tests pass before and after `npm run dev`. */
const signingKeys = JSON.stringify(
  ['test-1', 'test-2'].map((kid) => ({
    ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }),
    kid,
  })),
)

/** A project whose files share one isolate with real D1 and KV. */
const insideWorkerd = async (test: {
  readonly name: string
  readonly include: string[]
  readonly testTimeout: number
  readonly globalSetup?: string[]
}) => ({
  root,
  plugins: [
    ...mutantPlugins(),
    cloudflareTest({
      wrangler: { configPath: './wrangler.toml' },
      miniflare: {
        bindings: {
          TEST_MIGRATIONS: await readD1Migrations(path.join(root, 'migrations')),
          SIGNING_KEYS: signingKeys,
          LOG_LEVEL: 'error',
          // Everybody here has one address; the tests of the limits set them on for themselves.
          RATE_LIMITS: 'off',
          // Fewer histories are enough to catch what was planted.
          PROOF_HISTORIES: process.env['PROOF_HISTORIES'] ?? '',
        },
      },
    }),
  ],
  test: {
    setupFiles: ['./test/setup.ts'],
    isolate: false,
    maxWorkers: 1,
    fileParallelism: false,
    ...test,
  },
})

export default defineConfig(async () => ({
  root,
  test: {
    // What was transformed for a mutant, or for none, must not be taken for the other.
    fsModuleCache: process.env['MUTANT'] === undefined,
    projects: [
      {
        root,
        plugins: mutantPlugins(),
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          // The command line's SQL is tried on node:sqlite, which Node 22 still warns about.
          execArgv: ['--disable-warning=ExperimentalWarning'],
          environment: 'node' as const,
          testTimeout: 20_000,
        },
      },
      await insideWorkerd({
        name: 'workers',
        include: [
          'test/integration/**/*.test.ts',
          'test/conformance/**/*.test.ts',
          'test/proof/faults.test.ts',
        ],
        // Workers cannot listen: what they fetch from is started beside them.
        globalSetup: ['./test/support/issuer-server.ts'],
        testTimeout: 30_000,
      }),
      await insideWorkerd({
        name: 'proof',
        include: ['test/proof/{races,proof-races,histories}.test.ts'],
        testTimeout: 300_000,
      }),
      await insideWorkerd({
        name: 'corpora',
        include: ['test/corpora/**/*.test.ts'],
        testTimeout: 300_000,
      }),
      await insideWorkerd({
        name: 'vectors',
        include: ['test/wycheproof/**/*.test.ts'],
        testTimeout: 300_000,
      }),
      {
        root,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          execArgv: ['--disable-warning=ExperimentalWarning'],
          globalSetup: ['./test/e2e/support/setup.ts'],
          environment: 'node' as const,
          testTimeout: 60_000,
          hookTimeout: 90_000,
          fileParallelism: false,
        },
      },
    ],
  },
}))
