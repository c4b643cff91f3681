/**
 * The unit tests alone, as test/vitest.config.ts has them, without the runtime of the others: a mutant's suite begins in
 * half the time.
 */
import path from 'node:path'
import { defineConfig } from 'vitest/config'
import { mutantPlugins } from './plugin.ts'

export default defineConfig({
  root: path.join(import.meta.dirname, '..', '..'),
  plugins: mutantPlugins(),
  test: {
    // What was transformed for a mutant must not be taken for another, nor for the source.
    fsModuleCache: false,
    name: 'unit',
    include: ['test/unit/**/*.test.ts'],
    execArgv: ['--disable-warning=ExperimentalWarning'],
    environment: 'node',
    testTimeout: 20_000,
  },
})
