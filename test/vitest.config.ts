/**
 * Three projects: `unit` in plain Node, `workers` inside workerd with real D1 and KV, `e2e` against `wrangler dev`.
 */
import { generateKeyPairSync } from 'node:crypto'
import path from 'node:path'
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-pool-workers'
import { defineConfig } from 'vitest/config'

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

export default defineConfig(async () => ({
  root,
  test: {
    projects: [
      {
        root,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          // The command line's SQL is tried on node:sqlite, which Node 22 still warns about.
          execArgv: ['--disable-warning=ExperimentalWarning'],
          environment: 'node' as const,
          testTimeout: 20_000,
        },
      },
      {
        root,
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              bindings: {
                TEST_MIGRATIONS: await readD1Migrations(path.join(root, 'migrations')),
                SIGNING_KEYS: signingKeys,
                LOG_LEVEL: 'error',
              },
            },
          }),
        ],
        test: {
          name: 'workers',
          include: ['test/integration/**/*.test.ts', 'test/conformance/**/*.test.ts'],
          setupFiles: ['./test/setup.ts'],
          isolate: false,
          maxWorkers: 1,
          fileParallelism: false,
          testTimeout: 30_000,
        },
      },
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
