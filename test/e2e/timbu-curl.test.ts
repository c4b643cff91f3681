/**
 * The curl line of Timbu's page, letter by letter, with only host, id and token changed.
 */
import { execFileSync } from 'node:child_process'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { suspendTarget } from './support/call-as.ts'

// timbu.md, "Example Request Body".
const LINE = String.raw`curl -X PUT "https://api.timbu.cloud/users/user123/activate" \
-H "Authorization: Bearer your_access_token_here" \
-H "Content-Type: application/json" \
-d '{"email": "user@example.com", "is_active": true}'`

const demo = inject('demo')
const userId = demo.targets['inactive']?.userId ?? ''

/** Runs the line in a shell, as it is pasted, and returns what it prints. */
const runLineAs = (actor: string): string =>
  execFileSync(
    'bash',
    [
      '-c',
      LINE.replace('https://api.timbu.cloud', demo.baseUrl)
        .replace('user123', userId)
        .replace('your_access_token_here', demo.actors[actor]?.token ?? ''),
    ],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  )

describe("Timbu's own curl line", () => {
  beforeAll(() => suspendTarget(demo, 'inactive'))

  it("is refused in the page's words for who is no superuser", () => {
    expect(runLineAs('employee')).toBe('{"detail":"only super admins can perform this operation"}')
  })

  it("activates the user of the page's address, once", () => {
    expect(runLineAs('admin')).toBe('{"message":"success"}')
    expect(runLineAs('admin')).toBe('{"detail":"this user is already active"}')
    expect(runLineAs('employee')).toBe('{"detail":"only super admins can perform this operation"}')
  })
})
