/**
 * The proof that a request is meant: a compact JWS over everything that the request does (rule 2.5 of this service;
 * RFC 9449 has the model). No I/O but WebCrypto; the clock is the caller's.
 */
import { createActivateError } from './activate-error.ts'
import {
  decodeBase64,
  encodeBase64Url,
  encodeText,
  hashToBase64Url,
  type Bytes,
} from './base64url.ts'
import type { ActionSigner } from './key-signer.ts'
import { isRecord } from './wire-users.ts'

/** Longest that a proof is good for, in seconds. */
const PROOF_SECONDS = 60

/** 128 bits: two proofs never have one `jti` by chance. */
const PROOF_ID_BYTES = 16

/** The request that a proof is for, as it goes on the wire. */
export interface ProvenRequest {
  readonly method: string
  /** Origin and path; no query. */
  readonly url: string
  readonly body: Bytes
  /** The bearer as text, without its scheme. */
  readonly token: string
}

/**
 * Writes a proof that is good for one request and once.
 *
 * @param now - Unix milliseconds.
 * @throws ActivateError `misconfigured` when the token names no audience or subject: it is not this service's.
 * @see RFC 9449 section 4.2 (htm, htu, ath, jti), RFC 7515 section 3.1 (form)
 */
export async function writeActionProof(
  signer: ActionSigner,
  request: ProvenRequest,
  now: number,
): Promise<string> {
  const header = { alg: signer.algorithm, typ: 'ua-proof+jwt', kid: signer.credentialId }
  const iat = Math.floor(now / 1000)
  const claims = {
    ...readNames(signer, request.token),
    iat,
    exp: iat + PROOF_SECONDS,
    jti: encodeBase64Url(crypto.getRandomValues(new Uint8Array(PROOF_ID_BYTES))),
    htm: request.method,
    htu: request.url,
    bh: await hashToBase64Url(request.body),
    ath: await hashToBase64Url(encodeText(request.token)),
  }
  const input = [header, claims].map((part) => encodeBase64Url(encodeText(JSON.stringify(part))))
  const signature = await signer.sign(encodeText(input.join('.')))
  return [...input, encodeBase64Url(signature)].join('.')
}

/**
 * Who means it and whom it is for: the service's own names, which its own tokens bear, too. They are read and not
 * verified: that is the service's part.
 */
function readNames(
  { userId, audience }: ActionSigner,
  token: string,
): { aud: string; sub: string } {
  const payload = parsePayload(token.split('.')[1] ?? '')
  const audiences = [audience ?? payload['aud']].flat()
  const [aud] = audiences
  const sub = userId ?? payload['sub']
  // The service takes no token that is for several (rule T10).
  if (audiences.length === 1 && typeof aud === 'string' && typeof sub === 'string') {
    return { aud, sub }
  }
  throw createActivateError('misconfigured', 'the token is no JWT with one audience and a subject')
}

function parsePayload(segment: string): Readonly<Record<string, unknown>> {
  try {
    const payload: unknown = JSON.parse(new TextDecoder().decode(decodeBase64(segment)))
    return isRecord(payload) ? payload : {}
  } catch {
    return {}
  }
}
