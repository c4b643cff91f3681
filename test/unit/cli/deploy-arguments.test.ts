/**
 * Which arguments `npm run deploy` takes and refuses.
 */
import { describe, expect, it } from 'vitest'
import { parseDeployArguments } from '../../../src/cli/deploy-arguments.ts'

describe('parseDeployArguments', () => {
  it.each([
    { name: 'nothing', argv: [], environment: 'production', isDryRun: false },
    { name: 'an environment', argv: ['--env', 'eu'], environment: 'eu', isDryRun: false },
    { name: 'a rehearsal', argv: ['--dry-run'], environment: 'production', isDryRun: true },
    { name: 'both', argv: ['--dry-run', '--env=uae'], environment: 'uae', isDryRun: true },
  ])('takes $name', ({ argv, environment, isDryRun }) => {
    expect(parseDeployArguments(argv)).toEqual({
      ok: true,
      value: { do: 'deploy', environment, isDryRun },
    })
  })

  it('takes a file for a key', () => {
    expect(parseDeployArguments(['--new-key', 'keys.json'])).toEqual({
      ok: true,
      value: { do: 'make-key', file: 'keys.json' },
    })
  })

  it.each([
    { name: 'an unknown option', argv: ['--force'], says: "Unknown option '--force'" },
    { name: 'an argument', argv: ['eu'], says: 'Unexpected argument' },
    { name: 'no name of an environment', argv: ['--env', ''], says: '--env takes a name.' },
    { name: 'an option as a name', argv: ['--env=--dry-run'], says: '--env takes a name.' },
    { name: 'no file for a key', argv: ['--new-key', ''], says: '--new-key takes the path' },
    { name: 'a home that no shell has found', argv: ['--new-key=~/k'], says: 'without "~"' },
    { name: 'a key and a rehearsal', argv: ['--new-key', 'k', '--dry-run'], says: 'stands alone' },
    {
      name: 'a key and an environment',
      argv: ['--new-key', 'k', '--env=eu'],
      says: 'stands alone',
    },
  ])('refuses $name', ({ argv, says }) => {
    expect(parseDeployArguments(argv)).toEqual({
      ok: false,
      failure: expect.stringContaining(says),
    })
  })
})
