/**
 * The commands as processes: wrong arguments end them before anything is touched.
 */
import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'

const start = (command: string, argv: readonly string[]) =>
  spawnSync(process.execPath, [`src/cli/${command}.ts`, ...argv], { encoding: 'utf8' })

describe('the command line', () => {
  it.each([
    { command: 'dev', argv: ['--remote'] },
    { command: 'dev', argv: ['--env', 'production'] },
    { command: 'token', argv: ['nobody'] },
    { command: 'seed', argv: ['--users', '5', '--remote'] },
    { command: 'audit', argv: ['show', "us-1' OR '1"] },
    { command: 'bootstrap', argv: ['--organization', 'A'] },
    {
      command: 'bootstrap',
      argv: ['--organization=A', '--username=a', '--public-key=none.pem', '--dialects=dfns'],
    },
  ])('ends $command $argv with a usage line on stderr and exit code 2', ({ command, argv }) => {
    const { status, stdout, stderr } = start(command, argv)
    expect(status).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toMatch(new RegExp(`^.+\\nUsage: npm run ${command} .+\\n$`))
  })
})
