/**
 * Client-signed user actions that are refused, in every dialect, and leave nothing behind: not even a use.
 */
import { describe, expect, it } from 'vitest'
import { sha256Base64Url } from '../../src/auth/digest.ts'
import { newId, newSecret } from '../../src/auth/random.ts'
import { call } from '../support/api.ts'
import { createAuthenticator } from '../support/authenticator.ts'
import { runSql } from '../support/commits.ts'
import { CHANGES, expectDone, withWorker } from '../support/idempotency.ts'
import { writeSegment } from '../support/jws.ts'
import { createProofSigner, type ProofSigner } from '../support/proofs.ts'
import { hashOfProof, proveRequest, setProof, type Otherwise } from '../support/provers.ts'
import { callWithoutTrace } from '../support/refusals.ts'
import { createSigner } from '../support/signer.ts'
import { addCredential, createWorld } from '../support/world.ts'

type Scene = Awaited<ReturnType<typeof setProof>>

/** Makes a proof that is good but for one thing. */
type Make = (scene: Scene) => Promise<string>

const otherwise =
  (write: (scene: Scene) => Otherwise): Make =>
  (scene) =>
    proveRequest(scene.actor, scene.sent, write(scene))

const claiming = (claims: Otherwise['claims'] & object): Make => otherwise(() => ({ claims }))

const at = (shift: number) => otherwise(() => ({ known: { now: Date.now() + shift } }))

const sentTo =
  (change: (sent: Scene['sent']) => Partial<Scene['sent']>): Make =>
  ({ actor, sent }) =>
    proveRequest(actor, { ...sent, ...change(sent) })

/** Signs, and then changes what the signature leaned on. */
const signedBefore =
  (sql: string): Make =>
  async (scene) => {
    const proof = await proveRequest(scene.actor, scene.sent)
    await runSql(sql, scene.actor.signer.credentialId)
    return proof
  }

/** Signs by a key that is registered to somebody else, or for something else. */
const signedBy =
  (register: (scene: Scene, signer: ProofSigner) => Promise<unknown>): Make =>
  async (scene) => {
    const signer = await createProofSigner()
    await register(scene, signer)
    return proveRequest({ ...scene.actor, signer }, scene.sent)
  }

/** Signs as ES256K, which jose has not, by a key that is the caller's own. */
const signedOnSecp256k1 =
  (alg: string): Make =>
  async ({ actor, sent }) => {
    const signer = await createSigner('secp256k1')
    await addCredential(actor.organizationId, actor.userId, signer)
    const { credentialId: kid } = signer
    const honest = await proveRequest(actor, sent, { header: { kid, alg } })
    const input = honest.slice(0, honest.lastIndexOf('.'))
    return `${input}.${writeSegment(await signer.sign(new TextEncoder().encode(input)))}`
  }

const PASSKEY =
  "UPDATE credentials SET kind = 'Fido2', relying_party_id = 'localhost' WHERE credential_id = ?"

const ROWS: readonly { readonly name: string; readonly make: Make }[] = [
  { name: 'of 61 seconds ago', make: at(-61_000) },
  { name: 'of an hour ahead', make: at(3_600_000) },
  { name: 'that has ended', make: claiming({ iat: 1_000_000_000, exp: 1_000_000_060 }) },
  { name: 'for another audience', make: claiming({ aud: 'another-service' }) },
  { name: 'for several audiences', make: claiming({ aud: ['activate', 'another'] }) },
  { name: 'with a nonce that nobody issued', make: claiming({ nonce: newSecret() }) },
  { name: 'with a claim that is not known', make: claiming({ admin: true }) },
  { name: 'with a jti that can be guessed', make: claiming({ jti: '1' }) },
  { name: 'without a jti', make: claiming({ jti: undefined }) },
  { name: 'for a colleague', make: claiming({ sub: newId('user') }) },
  {
    name: 'for the same path of another origin',
    make: otherwise(({ sent }) => ({ known: { url: `https://activate.example${sent.path}` } })),
  },
  {
    name: 'for the same path of another port',
    make: otherwise(({ sent }) => ({ known: { url: `http://localhost:8788${sent.path}` } })),
  },
  {
    name: 'for the path alone',
    make: otherwise(({ sent }) => ({ known: { url: sent.path } })),
  },
  { name: 'for another path', make: sentTo(({ path }) => ({ path: `${path}/` })) },
  {
    name: 'for the path below the base path',
    make: sentTo(({ path }) => ({ path: `/core${path}` })),
  },
  { name: 'for a query', make: sentTo(({ path }) => ({ path: `${path}?` })) },
  { name: 'for another method', make: sentTo(() => ({ method: 'PATCH' })) },
  {
    name: 'for a method in lower case',
    make: sentTo(({ method }) => ({ method: method.toLowerCase() })),
  },
  { name: 'for an empty object', make: sentTo(() => ({ body: '{}' })) },
  {
    name: 'for the same value in other bytes',
    make: sentTo(({ body }) => ({ body: ` ${JSON.stringify(body ?? {})}` })),
  },
  {
    name: "for another one of its caller's bearers",
    make: async ({ actor, sent }) =>
      proveRequest({ ...actor, token: await actor.issueToken() }, sent),
  },
  {
    name: 'for the hash of another text than the bearer',
    make: async (scene) =>
      claiming({ ath: await sha256Base64Url(`Bearer ${scene.actor.token}`) })(scene),
  },
  { name: 'of another type', make: otherwise(() => ({ header: { typ: 'dpop+jwt' } })) },
  { name: 'of a type in capitals', make: otherwise(() => ({ header: { typ: 'UA-PROOF+JWT' } })) },
  { name: 'without an algorithm', make: otherwise(() => ({ header: { alg: 'none' } })) },
  {
    name: 'of an algorithm by its other name',
    make: otherwise(() => ({ header: { alg: 'Ed25519' } })),
  },
  { name: 'with a key of its own', make: otherwise(() => ({ header: { jwk: {} } })) },
  {
    name: 'with another signature',
    make: otherwise(() => ({ signature: (bytes) => bytes.map((byte) => byte ^ 1) })),
  },
  {
    name: 'with an empty signature',
    make: otherwise(() => ({ signature: () => new Uint8Array() })),
  },
  {
    name: 'that stands there twice',
    make: async ({ actor, sent }) => {
      const proof = await proveRequest(actor, sent)
      return `${proof}, ${proof}`
    },
  },
  {
    name: 'by a key that is deactivated since',
    make: signedBefore('UPDATE credentials SET deactivated_at = 1 WHERE credential_id = ?'),
  },
  {
    name: 'by a key that is gone since',
    make: signedBefore('DELETE FROM credentials WHERE credential_id = ?'),
  },
  { name: 'by a key that nobody registered', make: signedBy(async () => null) },
  {
    name: "by a colleague's key",
    make: signedBy(async ({ world }, signer) => world.addActor({ signer })),
  },
  {
    name: "by a stranger's key",
    make: signedBy(async (_, signer) => (await createWorld()).addActor({ signer })),
  },
  {
    name: "by the key of its caller's personal access token",
    make: signedBy(({ actor }, signer) =>
      addCredential(actor.organizationId, actor.userId, signer, newId('credential')),
    ),
  },
  {
    name: 'by another key under the id of its own',
    make: async ({ actor, sent }) => {
      const signer = { ...(await createProofSigner()), credentialId: actor.signer.credentialId }
      return proveRequest({ ...actor, signer }, sent)
    },
  },
  { name: 'by a passkey', make: signedBefore(PASSKEY) },
  { name: 'by a key on secp256k1 as ES256K', make: signedOnSecp256k1('ES256K') },
  { name: 'by a key on secp256k1 as ES256', make: signedOnSecp256k1('ES256') },
]

const SETTINGS = [{ requireUserAction: true }, { requireUserAction: false }]

describe.each(CHANGES.filter(({ name }) => name.endsWith('/activate')))(
  '$name with a proof',
  (route) => {
    it.each(ROWS)('refuses one $name, whatever the setting asks for', async ({ make }) => {
      for (const setting of SETTINGS) {
        const scene = await setProof(route, setting)
        const userAction = await make(scene)
        const reply = await callWithoutTrace(scene.ids, { ...scene.sent, userAction })
        route.expectations.userActionInvalid(reply)
      }
    })

    it('refuses the assertion of a passkey in its place', async () => {
      const { ids, sent } = await setProof(route)
      const { clientData, authenticatorData, signature } = await (
        await createAuthenticator('ES256')
      ).assert()
      const userAction = [clientData, authenticatorData, signature].join('.')
      route.expectations.userActionInvalid(await callWithoutTrace(ids, { ...sent, userAction }))
    })

    it('refuses one of a personal access token by its own key, and the bearer before it', async () => {
      const { actor, ids, sent, world } = await setProof(route)
      const tokenId = newId('credential')
      const token = await actor.issueToken({ tokenKind: 'personal_access_token', tokenId })
      const signer = await createProofSigner()
      await addCredential(world.organizationId, actor.userId, signer, tokenId)
      const userAction = await proveRequest({ ...actor, token, signer }, sent)
      const reply = await callWithoutTrace(ids, { ...sent, token, userAction })
      const caller = { userId: actor.userId, kind: 'CustomerEmployee' } as const
      route.expectations.notAllowed(reply, { ...caller, operation: route.operation })
    })

    it('refuses one as bearer, and the bearer as one', async () => {
      const { actor, ids, sent } = await setProof(route)
      const userAction = await proveRequest(actor, sent)
      const swapped = { ...sent, token: userAction, userAction }
      route.expectations.unauthenticated(await callWithoutTrace(ids, swapped), { hasToken: true })
      const { token } = actor
      const twice = { ...sent, userAction: token }
      route.expectations.userActionInvalid(await callWithoutTrace(ids, twice))
    })

    it('refuses one for the host that it was sent to where the service has another origin', async () => {
      const PUBLIC_ORIGIN = 'https://activate.example' as Env['PUBLIC_ORIGIN'] & string
      const { actor, ids, sent } = await setProof(route)
      await withWorker({ bindings: { PUBLIC_ORIGIN } as Partial<Env> }, async () => {
        const here = await proveRequest(actor, sent)
        const reply = await callWithoutTrace(ids, { ...sent, userAction: here })
        route.expectations.userActionInvalid(reply)
        const known = { url: `${PUBLIC_ORIGIN}${sent.path}` }
        const userAction = await proveRequest(actor, sent, { known })
        expectDone(route, await call({ ...sent, userAction }))
      })
    })

    it('leaves one unused that a missing user was refused for, and good for nothing else', async () => {
      const { actor, ids, sent, targetId, world } = await setProof(route)
      await runSql('UPDATE users SET archived_at = 1 WHERE id = ?', targetId)
      const userAction = await proveRequest(actor, sent)
      const refused = await callWithoutTrace(ids, { ...sent, userAction })
      route.expectations.notFound(refused, targetId, world.organizationId)
      const otherId = await world.addUser(route.target ?? {})
      const other = await route.prepare({ targetId: otherId, actor })
      const respelled = { ...sent, body: ` ${JSON.stringify(sent.body ?? {})}` }
      for (const request of [{ ...other, token: actor.token }, respelled]) {
        const reply = await callWithoutTrace(ids, { ...request, userAction } as typeof sent)
        route.expectations.userActionInvalid(reply)
      }
      await runSql('UPDATE users SET archived_at = NULL WHERE id = ?', targetId)
      expectDone(route, await call({ ...sent, userAction }))
      route.expectations.userActionUsed(await callWithoutTrace(ids, { ...sent, userAction }))
    })

    it('refuses one that is used, whatever it is written like', async () => {
      // An ECDSA signature is never the same twice, and the `jti` alone says which use it is.
      const { actor, ids, sent } = await setProof(route, {
        signer: await createProofSigner('P-256'),
      })
      const jti = newSecret()
      const prove = (claims = {}) => proveRequest(actor, sent, { claims: { jti, ...claims } })
      const userAction = await prove()
      expectDone(route, await call({ ...sent, userAction }))
      const iat = Math.floor(Date.now() / 1000) - 1
      for (const again of [userAction, await prove(), await prove({ iat, exp: iat + 60 })]) {
        const reply = await callWithoutTrace(ids, { ...sent, userAction: again })
        route.expectations.userActionUsed(reply)
        expect(await hashOfProof(actor, again)).toBe(await hashOfProof(actor, userAction))
      }
    })

    it('takes the jti of another credential, which is another one', async () => {
      const { actor, sent, world } = await setProof(route)
      const second = { ...actor, signer: await createProofSigner() }
      await addCredential(world.organizationId, actor.userId, second.signer)
      const claims = { jti: newSecret() }
      expectDone(
        route,
        await call({ ...sent, userAction: await proveRequest(actor, sent, { claims }) }),
      )
      const userAction = await proveRequest(second, sent, { claims })
      const again = await call({ ...sent, userAction })
      const [reply, ...texts] = [again.status, again.text]
      expect(reply).toBe(route.again)
      expect(texts.join()).not.toContain('user action')
    })
  },
)
