/**
 * What all commands share, and the refusals of each: message, usage line, exit code 2.
 */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { fail, succeed } from '../../../src/core/result.ts'
import {
  parseWholeNumber,
  readArguments,
  runCommand,
  type Command,
} from '../../../src/cli/arguments.ts'
import { parseBootstrapArguments } from '../../../src/cli/bootstrap-arguments.ts'
import { parseSeedArguments } from '../../../src/cli/seed.ts'
import { parseTokenArguments } from '../../../src/cli/token.ts'

const command: Command<string> = {
  usage: 'Usage: try me',
  parse: ([first]) => (first === undefined ? fail('Say something.') : succeed(first)),
  run: (word) =>
    word === 'boom' ? Promise.reject(new Error('It broke.')) : Promise.resolve(Number(word)),
}

describe('runCommand', () => {
  const errors = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const before = process.exitCode

  afterEach(() => {
    process.exitCode = before
    errors.mockClear()
  })

  it('prints message and usage on stderr and sets exit code 2 when the arguments are wrong', async () => {
    await runCommand(command, [])
    expect(process.exitCode).toBe(2)
    expect(errors).toHaveBeenCalledExactlyOnceWith('Say something.\nUsage: try me')
  })

  it('sets exit code 1 and prints the sentence only when the command throws', async () => {
    await runCommand(command, ['boom'])
    expect(process.exitCode).toBe(1)
    expect(errors).toHaveBeenCalledExactlyOnceWith('It broke.')
  })

  it("hands on the command's own exit code", async () => {
    await runCommand(command, ['143'])
    expect(process.exitCode).toBe(143)
  })
})

describe('readArguments', () => {
  it('refuses an unknown option with the first sentence of the reason', () => {
    const parsed = readArguments({ args: ['--remote'], options: {} })
    expect(parsed).toEqual({ ok: false, failure: "Unknown option '--remote'" })
  })
})

describe('parseWholeNumber', () => {
  it.each([
    { name: 'the smallest', text: '1', value: 1 },
    { name: 'the largest', text: '10', value: 10 },
    { name: 'one below', text: '0', value: null },
    { name: 'one above', text: '11', value: null },
    { name: 'a sign', text: '+5', value: null },
    { name: 'a fraction', text: '1.5', value: null },
    { name: 'an exponent', text: '1e1', value: null },
    { name: 'no digit', text: '', value: null },
    { name: 'spaces', text: ' 5', value: null },
  ])('reads $name', ({ text, value }) => {
    expect(parseWholeNumber(text, 1, 10)).toBe(value)
  })
})

describe('npm run token', () => {
  it.each([
    { name: 'an actor', argv: ['admin'], value: { do: 'issue', actor: 'admin', seconds: null } },
    {
      name: 'a lifetime in seconds',
      argv: ['serviceAccount', '--seconds', '86400'],
      value: { do: 'issue', actor: 'serviceAccount', seconds: 86_400 },
    },
    { name: 'a revocation', argv: ['revoke', 'abc'], value: { do: 'revoke', tokenId: 'abc' } },
  ])('takes $name', ({ argv, value }) => {
    expect(parseTokenArguments(argv)).toEqual({ ok: true, value })
  })

  it.each([
    { name: 'no actor', argv: [], failure: /Actors: admin, serviceAccount/ },
    { name: 'an unknown actor', argv: ['nobody'], failure: /"nobody".*Actors: admin/ },
    { name: 'a name of Object', argv: ['constructor'], failure: /Actors: admin/ },
    { name: 'two actors', argv: ['admin', 'employee'], failure: /One actor/ },
    { name: 'a longer life than allowed', argv: ['admin', '--seconds', '3601'], failure: /3600/ },
    { name: 'a life of none', argv: ['admin', '--seconds', '0'], failure: /--seconds/ },
    { name: 'a revocation of nothing', argv: ['revoke'], failure: /one jti/ },
    { name: 'a revocation of two', argv: ['revoke', 'a', 'b'], failure: /one jti/ },
    { name: '--remote', argv: ['admin', '--remote'], failure: /--remote/ },
    { name: '--env', argv: ['admin', '--env', 'production'], failure: /--env/ },
  ])('refuses $name', ({ argv, failure }) => {
    expect(parseTokenArguments(argv)).toEqual({
      ok: false,
      failure: expect.stringMatching(failure),
    })
  })
})

describe('npm run seed', () => {
  it('takes a number of users', () => {
    expect(parseSeedArguments(['--users', '100000'])).toEqual({
      ok: true,
      value: { users: 100_000 },
    })
  })

  it.each([
    { name: 'no number', argv: [] },
    { name: 'no users', argv: ['--users', '0'] },
    { name: 'too many', argv: ['--users', '1000001'] },
    { name: 'a positional', argv: ['5'] },
    { name: '--remote', argv: ['--users', '5', '--remote'] },
    { name: '--env', argv: ['--users', '5', '--env=production'] },
  ])('refuses $name', ({ argv }) => {
    expect(parseSeedArguments(argv).ok).toBe(false)
  })
})

describe('npm run bootstrap', () => {
  const complete = [
    ...['--organization', "O'Brien & Sons", '--username', 'boss@example.com'],
    ...['--public-key', 'key.pem', '--dialects', 'timbu,dfns'],
  ]
  const without = (option: string) => {
    const index = complete.indexOf(option)
    return complete.filter((_, position) => position !== index && position !== index + 1)
  }

  it('takes what is needed and stays local', () => {
    expect(parseBootstrapArguments(complete)).toEqual({
      ok: true,
      value: {
        organization: "O'Brien & Sons",
        username: 'boss@example.com',
        personName: { firstName: null, lastName: null },
        publicKeyFile: 'key.pem',
        dialects: ['dfns', 'timbu'],
        requireUserAction: false,
        isRemote: false,
        environment: null,
      },
    })
  })

  it("splits the administrator's name", () => {
    expect(parseBootstrapArguments([...complete, '--name', 'Mary Ann Evans'])).toMatchObject({
      value: { personName: { firstName: 'Mary', lastName: 'Ann Evans' } },
    })
  })

  it('goes remote only when asked', () => {
    const argv = [...complete, '--remote', '--env', 'production', '--require-user-action']
    expect(parseBootstrapArguments(argv)).toMatchObject({
      value: { isRemote: true, environment: 'production', requireUserAction: true },
    })
  })

  it.each([
    { name: 'a missing organization', argv: without('--organization') },
    { name: 'a missing username', argv: without('--username') },
    { name: 'a missing key', argv: without('--public-key') },
    { name: 'missing dialects', argv: without('--dialects') },
    { name: 'no dialect', argv: [...without('--dialects'), '--dialects', ''] },
    { name: 'an unknown dialect', argv: [...without('--dialects'), '--dialects', 'dfns,soap'] },
    { name: 'a dialect twice', argv: [...without('--dialects'), '--dialects', 'dfns,dfns'] },
    { name: 'a control character', argv: [...without('--username'), '--username', 'a\u0007b'] },
    { name: 'U+0000', argv: [...without('--username'), '--username', 'a\0b'] },
    { name: 'a direction mark', argv: [...without('--username'), '--username', 'a\u202eb'] },
    { name: 'an empty name', argv: [...complete, '--name', ''] },
    { name: 'a line feed in the name', argv: [...complete, '--name', 'a\nb'] },
    { name: 'a space at the end', argv: [...without('--organization'), '--organization', 'a '] },
    { name: 'an option as environment', argv: [...complete, '--env=--remote'] },
    { name: 'an unknown option', argv: [...complete, '--superuser'] },
  ])('refuses $name', ({ argv }) => {
    expect(parseBootstrapArguments(argv).ok).toBe(false)
  })
})
