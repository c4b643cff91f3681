/**
 * A new user, whom an administrator creates by the official client, and the code by which that user registers.
 */
import { randomUUID } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import type { DfnsApiClient } from '@dfns/sdk'

/** Whoever may register. */
export interface InvitedUser {
  readonly userId: string
  readonly username: string
  readonly code: string
}

/** Where Node tells of every answer that its http client gets. */
const ANSWERS = 'http.client.response.finish'

/**
 * Creates a user, and reads its code from the answer on the wire: the client hands out bodies only, and brings its own
 * fetch, so that there is nothing to wrap.
 */
export async function inviteUser(admin: DfnsApiClient): Promise<InvitedUser> {
  const codes: string[] = []
  const listen = (message: unknown) => {
    const { headers } = (message as { response: IncomingMessage }).response
    const code = headers['activate-registration-code']
    if (typeof code === 'string') codes.push(code)
  }
  subscribe(ANSWERS, listen)
  try {
    const email = `invited-${randomUUID()}@registration.example`
    const body = { email, kind: 'CustomerEmployee' } as const
    const { userId, username } = await admin.auth.createUser({ body })
    const [code] = codes
    if (code === undefined || codes.length > 1) throw new Error(`${codes.length} codes came`)
    return { userId, username, code }
  } finally {
    unsubscribe(ANSWERS, listen)
  }
}
