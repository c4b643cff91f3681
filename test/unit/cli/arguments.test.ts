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

const MEANT = ['admin', '--user-action']

describe('npm run token', () => {
  it.each([
    {
      name: 'an actor',
      argv: ['admin'],
      value: { do: 'issue', actor: 'admin', seconds: null, action: null },
    },
    {
      name: 'a lifetime in seconds',
      argv: ['serviceAccount', '--seconds', '86400'],
      value: { do: 'issue', actor: 'serviceAccount', seconds: 86_400, action: null },
    },
    {
      name: 'a request that a user action is for',
      argv: [...MEANT, 'PUT /auth/users/us-1/activate'],
      value: {
        ...{ do: 'issue', actor: 'admin', seconds: null },
        action: { method: 'PUT', path: '/auth/users/us-1/activate', body: '' },
      },
    },
    {
      name: 'a request with a body',
      argv: [...MEANT, 'POST /auth/users', '--body', '{"kind":"EndUser"}'],
      value: {
        ...{ do: 'issue', actor: 'admin', seconds: null },
        action: { method: 'POST', path: '/auth/users', body: '{"kind":"EndUser"}' },
      },
    },
    { name: 'a revocation', argv: ['revoke', 'abc'], value: { do: 'revoke', tokenId: 'abc' } },
    {
      name: 'a revocation of an id that begins with a dash',
      argv: ['revoke', '-7jmagozOOrSJW6sGx4NEQ'],
      value: { do: 'revoke', tokenId: '-7jmagozOOrSJW6sGx4NEQ' },
    },
    {
      name: 'a revocation of an id that begins with two dashes',
      argv: ['revoke', '--jmagozOOrSJW6sGx4NEQ'],
      value: { do: 'revoke', tokenId: '--jmagozOOrSJW6sGx4NEQ' },
    },
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
    { name: 'a user action for no method', argv: [...MEANT, '/auth/users'], failure: /METHOD/ },
    { name: 'a user action for GET', argv: [...MEANT, 'GET /auth/users'], failure: /METHOD/ },
    { name: 'a user action for no path', argv: [...MEANT, 'PUT users'], failure: /METHOD/ },
    { name: 'a user action for more words', argv: [...MEANT, 'PUT /a b'], failure: /METHOD/ },
    ...['/a?b=1', '/a#b', '/a/', '/', '//a', '/a%20b', '/auth/users/<id>/activate'].map((path) => ({
      name: `a user action for ${path}`,
      argv: [...MEANT, `PUT ${path}`],
      failure: /path as requests have it/,
    })),
    {
      name: 'a body that is no JSON',
      argv: [...MEANT, 'PUT /a', '--body', '{'],
      failure: /--body takes JSON/,
    },
    { name: 'a body alone', argv: ['admin', '--body', '{}'], failure: /goes with --user-action/ },
    {
      name: 'a life for a user action',
      argv: [...MEANT, 'PUT /a', '--seconds', '60'],
      failure: /do not go together/,
    },
    {
      name: 'a user action with a revocation',
      argv: ['revoke', 'a', '--user-action', 'PUT /a'],
      failure: /one jti/,
    },
    { name: 'a revocation of nothing', argv: ['revoke'], failure: /one jti/ },
    { name: 'a revocation of two', argv: ['revoke', 'a', 'b'], failure: /one jti/ },
    { name: 'a revocation of --remote', argv: ['revoke', '--remote'], failure: /one jti/ },
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
