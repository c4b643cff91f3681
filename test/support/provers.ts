/**
 * Actors who sign their requests themselves (RULES.md section 2.5), against the Worker under test.
 */
import { env } from 'cloudflare:workers'
import { sha256Hex } from '../../src/auth/digest.ts'
import { newId } from '../../src/auth/random.ts'
import type { Call } from './api.ts'
import { readClaims } from './forged.ts'
import {
  createProofSigner,
  writeProof,
  type ProofForgery,
  type ProofSigner,
  type ProvenRequest,
} from './proofs.ts'
import type { Given, GuardedRoute } from './refusals.ts'
import { createWorld, type Actor, type World } from './world.ts'

/** Somebody whose key signs proofs. */
export type Prover = Actor & { readonly signer: ProofSigner }

/** Adds an actor whose key signs proofs. */
export async function addProver(
  world: World,
  given: Given = {},
  signer?: ProofSigner,
): Promise<Prover> {
  const key = signer ?? (await createProofSigner())
  return { ...(await world.addActor({ ...given, signer: key })), signer: key }
}

/** A request as it will be sent: a text and bytes as they are, everything else as JSON. */
export interface SentRequest {
  readonly method: string
  readonly path: string
  readonly body?: unknown
}

/** What its sender knows otherwise than it is, and what is forged. */
export type Otherwise = ProofForgery & { readonly known?: Partial<ProvenRequest> }

/** Signs a request as an honest client does that has read the manual, but for what is said. */
export function proveRequest(
  { signer, token, userId }: Pick<Prover, 'signer' | 'token' | 'userId'>,
  { method, path, body }: SentRequest,
  { known, ...forgery }: Otherwise = {},
): Promise<string> {
  const isAsIs = typeof body === 'string' || body instanceof Uint8Array || body === undefined
  return writeProof(
    signer,
    {
      bearer: token,
      subject: userId,
      method,
      url: `${env.PUBLIC_ORIGIN}${path}`,
      body: isAsIs ? (body ?? '') : JSON.stringify(body),
      audience: env.AUDIENCE,
      now: Date.now(),
      ...known,
    },
    forgery,
  )
}

/** Computes under which hash the use of a `jti` is on record (RULES.md section 2.5). */
export const hashOfUse = (organizationId: string, credentialId: string, jti: string) =>
  sha256Hex(`ua-proof\n${organizationId}\n${credentialId}\n${jti}`)

/** Computes under which hash the use of a proof is on record. */
export const hashOfProof = (
  { organizationId, signer }: Pick<Prover, 'organizationId' | 'signer'>,
  proof: string,
) => hashOfUse(organizationId, signer.credentialId, String(readClaims(proof)['jti']))

/** Sets up a route whose caller signs by a key of its own, in an organization that asks for user actions or does not. */
export async function setProof(
  route: GuardedRoute,
  given: { readonly signer?: ProofSigner; readonly requireUserAction?: boolean } = {},
) {
  const world = await createWorld({ requireUserAction: given.requireUserAction ?? true })
  const actor = await addProver(world, route.powers, given.signer)
  const targetId = route.target ? await world.addUser(route.target) : newId('user')
  const request = await route.prepare({ targetId, actor })
  const sent: Call & SentRequest = { ...request, token: actor.token }
  return { world, ids: [world.organizationId], actor, targetId, request, sent }
}
