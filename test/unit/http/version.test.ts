/**
 * One release has one name, in package.json and in what is served.
 */
import { describe, expect, it } from 'vitest'
import packageJson from '../../../package.json' with { type: 'json' }
import { VERSION } from '../../../src/http/version.ts'

describe('VERSION', () => {
  it('is the version of package.json', () => {
    expect(VERSION).toBe(packageJson.version)
  })

  it('is a semantic version, as x-api-version is declared', () => {
    expect(VERSION).toMatch(/^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/)
  })
})
