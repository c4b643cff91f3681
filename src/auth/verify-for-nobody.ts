/**
 * The work of verifying an answer that is refused anyway, so that the time of the refusal does not tell why. No store.
 */
import { verifyAssertion } from './verify-assertion.ts'
import type { Assertion } from './challenge.ts'
import type { RelyingParty } from './verify-passkey-assertion.ts'

/** Samples of RFC 8032 section 7.1 and RFC 6979 appendix A.2.5: whatever they verify is refused. */
const KEYS_OF_NOBODY: Readonly<Record<Assertion['kind'], string>> = {
  Key: `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
-----END PUBLIC KEY-----
`,
  Fido2: `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYP7UuiVanTHJYet0xjVtaMBJuJI7
Yfps5mliLmDyn7Z5A/4QCLi8maQa6elWKLxk8vGyDC1+n1F3o8KU1EYimQ==
-----END PUBLIC KEY-----
`,
}

/** What is asked of the stored credential before its signature: where that fails, none was verified. */
const BEFORE_THE_SIGNATURE = ['kind_mismatch', 'user_handle_mismatch', 'backup_eligibility_changed']

/** Tells whether a refusal came before the signature, for a reason that tells of the credential. */
export const isEarlyRefusal = (cause: string): boolean => BEFORE_THE_SIGNATURE.includes(cause)

/** Verifies an answer as if its credential were there, up to its signature. What comes of it is nobody's affair. */
export async function verifyForNobody(
  assertion: Assertion,
  challenge: string,
  relyingParty: RelyingParty,
): Promise<void> {
  const { kind } = assertion
  const anonymous = kind === 'Fido2' ? { ...assertion, userHandle: undefined } : assertion
  const nobody = { kind, publicKeyPem: KEYS_OF_NOBODY[kind], userId: '', signCount: 0 }
  // Whether it can be copied the answer says itself, so that one of the two fits.
  for (const isBackupEligible of [false, true]) {
    const credential = { ...nobody, isBackupEligible }
    const verified = await verifyAssertion(anonymous, credential, challenge, relyingParty)
    if (verified.ok || !isEarlyRefusal(verified.failure)) return
  }
}
