/**
 * Conditional requests (RFC 9110 section 13): what every change, and every reading of one user, owes its client.
 */
import { expect, it } from 'vitest'
import { SECURITY_HEADERS } from './api-headers.ts'
import { call } from './api.ts'
import { forgeUserAction } from './forged.ts'
import { expectDone, expectRefusal, keyed, setChange, type ChangeRoute } from './idempotency.ts'
import { callWithoutTrace, setScene, type AuthenticatedRoute } from './refusals.ts'
import { readAuditEvents, readUserRow } from './world.ts'

/** What no condition is, and what is said of it. An empty one is no business here: the platform leaves it out. */
const MALFORMED = ['7', "'7'", '"7', 'w/"7"', '"7" "8"', '*, "7"']
const NO_TAGS = 'is not a list of entity tags such as "7", nor *'

/** Conditions on a user in version 7, and on one that is yet to be. */
const ON_USER = { good: ['"7"', '"6", "7"', '*'], bad: ['"6"', '"07"', 'W/"7"', '"6",W/"7"'] }
const ON_NOBODY = { good: ['*'], bad: ['"1"', '"0", W/"1"'] }

/** The rules of `If-Match` for one change. */
export function describeIfMatch(route: ChangeRoute): void {
  const { expectations, target } = route
  const { good, bad } = target ? ON_USER : ON_NOBODY
  const inVersion7 = { ...route, target: target && { ...target, version: 7 } }

  it.each(good)('is done under %s alone, and answers with the tag of its row', async (tags) => {
    const { ids, key, sent, targetId } = await setChange(inVersion7)
    const under = (text: string) => keyed(sent, key, { 'if-match': text })
    for (const other of bad) expectRefusal(route, await callWithoutTrace(ids, under(other)), 412)
    for (const text of MALFORMED) {
      expectRefusal(route, await callWithoutTrace(ids, under(text)), ['If-Match', NO_TAGS])
    }
    const { headers, json } = expectDone(route, await call(under(tags)))
    const version = target ? 8 : 1
    const row = await readUserRow(String(json['userId'] ?? json['id'] ?? targetId))
    expect([row.version, headers.get('etag')]).toEqual([version, `"${version}"`])
  })

  if (!target) return
  it('is done once when two ask for it in one version', async () => {
    const { actor, request, sent, targetId } = await setChange(inVersion7)
    const another = { ...sent, userAction: await forgeUserAction(actor, request) }
    const headers = { 'if-match': '"7"' }
    const replies = await Promise.all([sent, another].map((one) => call({ ...one, headers })))
    const [lost, ...others] = replies.filter(({ status }) => status !== 200)
    if (!lost || others.length > 0) expect.unreachable('one is done, and one is not')
    // Who is archived is not found, whatever the condition.
    if (route.again === 404) expectations.notFound(lost, targetId, actor.organizationId)
    else expectRefusal(route, lost, 412)
    expect(await readAuditEvents(targetId)).toHaveLength(1)
  })
}

/** The rules of `If-None-Match` for one reading of a user: its target, or else its caller. */
export function describeIfNoneMatch(route: AuthenticatedRoute): void {
  it('is not answered again to whoever has the version', async () => {
    const inVersion7 = { ...route, target: route.target && { version: 7 } }
    const { actor, request } = await setScene(inVersion7, { ...route.powers, version: 7 })
    const read = (tags: string, method = 'GET') =>
      call({ ...request, method, headers: { 'if-none-match': tags }, token: actor.token })
    const { text } = await call({ ...request, token: actor.token })
    for (const tags of ['"7"', 'W/"7"', '"6", W/"7"', '*']) {
      for (const reply of [await read(tags), await read(tags, 'HEAD')]) {
        expect([reply.status, reply.text, reply.headers.has('content-type')]).toEqual([
          304,
          '',
          false,
        ])
        const headers = { ...SECURITY_HEADERS, 'cache-control': 'no-store', etag: '"7"' }
        expect(Object.fromEntries(reply.headers)).toMatchObject(headers)
        expect(reply.headers.get('x-request-id')).toMatch(/^req_/)
      }
    }
    for (const tags of ['"6"', '"77"', 'W/"8"']) {
      const [whole, head] = [await read(tags), await read(tags, 'HEAD')]
      expect([whole.status, whole.text, head.status, head.text]).toEqual([200, text, 200, ''])
      for (const { headers } of [whole, head]) expect(headers.get('etag')).toBe('"7"')
    }
    for (const tags of MALFORMED) expectRefusal(route, await read(tags), ['If-None-Match', NO_TAGS])
  })
}
