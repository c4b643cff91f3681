/**
 * Runs the generated clients against `npm run dev`, as the end-to-end tests start it.
 */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  root: import.meta.dirname,
  test: {
    globalSetup: ['../e2e/support/setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 90_000,
    fileParallelism: false,
  },
})
