/**
 * User actions from the command line: two calls of a server that is played here, and what is said when it refuses.
 */
import { createPublicKey, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createDemoCredential } from '../../../src/cli/demo-keys.ts'
import { prepareUserAction } from '../../../src/cli/prepare-action.ts'

const BASE_URL = 'http://localhost:8787'
const REQUEST = { method: 'PUT', path: '/auth/users/us-1/activate', body: '' }

/** A server that gives its answers one after another, and keeps what it was sent. */
function play(answers: readonly (() => Response)[]) {
  const sent: { url: string; authorization: string | null; body: Record<string, unknown> }[] = []
  const send: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    const body = (await request.json()) as Record<string, unknown>
    sent.push({ url: request.url, authorization: request.headers.get('authorization'), body })
    const answer = answers[sent.length - 1]
    if (!answer) throw new TypeError('fetch failed')
    return answer()
  }
  return { sent, send }
}

const json =
  (body: object, status = 200) =>
  () =>
    Response.json(body, { status })
const CHALLENGE = json({ challenge: 'Y2hhbGxlbmdl', challengeIdentifier: 'identifier' })

describe('prepareUserAction', () => {
  it.each(['Ed25519', 'P-256', 'RSA'] as const)(
    'has the %s key of the actor sign the challenge for the request',
    async (algorithm) => {
      const credential = createDemoCredential(algorithm)
      const { sent, send } = play([CHALLENGE, json({ userAction: 'the user action' })])
      const actor = { credential, token: 'token' }
      expect(await prepareUserAction(BASE_URL, actor, REQUEST, send)).toBe('the user action')
      const [first, second] = sent
      expect(first).toEqual({
        url: `${BASE_URL}/auth/action/init`,
        authorization: 'Bearer token',
        body: {
          userActionHttpMethod: 'PUT',
          userActionHttpPath: REQUEST.path,
          userActionPayload: '',
        },
      })
      expect(second).toMatchObject({
        url: `${BASE_URL}/auth/action`,
        body: {
          challengeIdentifier: 'identifier',
          firstFactor: { kind: 'Key', credentialAssertion: { credId: credential.credId } },
        },
      })
      const { firstFactor } = second?.body as {
        firstFactor: { credentialAssertion: { clientData: string; signature: string } }
      }
      const { clientData, signature } = firstFactor.credentialAssertion
      const signed = Buffer.from(clientData, 'base64url')
      expect(JSON.parse(String(signed))).toEqual({ type: 'key.get', challenge: 'Y2hhbGxlbmdl' })
      const key = createPublicKey(credential.privateKeyPem)
      const digest = algorithm === 'Ed25519' ? null : 'sha256'
      expect(verify(digest, signed, key, Buffer.from(signature, 'base64url'))).toBe(true)
    },
  )

  it.each([
    { name: 'where nothing answers', answers: [], said: /start "npm run dev"/ },
    {
      name: 'what the server answers to the announcement',
      answers: [json({ error: { message: 'not allowed' } }, 403)],
      said: /^POST \/auth\/action\/init was answered 403: not allowed$/,
    },
    {
      name: 'what the server answers to the signature',
      answers: [CHALLENGE, json({ error: { message: 'Not Authorized.' } }, 401)],
      said: /^POST \/auth\/action was answered 401: Not Authorized\.$/,
    },
    {
      name: 'that another server answers',
      answers: [json({}), json({})],
      said: /^http:\/\/localhost:8787 gave no user action: is it "npm run dev"/,
    },
    {
      name: 'that an answer is no JSON',
      answers: [() => new Response('<html>', { status: 502 })],
      said: /was answered 502/,
    },
  ])('says $name', async ({ answers, said }) => {
    const actor = { credential: createDemoCredential('Ed25519'), token: 'token' }
    const { send } = play(answers)
    await expect(prepareUserAction(BASE_URL, actor, REQUEST, send)).rejects.toThrow(said)
  })
})
