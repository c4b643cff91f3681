/**
 * Mutants of what a credential goes through: registered by a code or by another one, counted, switched, and asked by
 * whichever form of a user action (RULES.md sections 1, 2.3, 2.4, 2.5 and 2.7).
 */
import type { MutantRow } from './mutants.ts'

const STORE = 'test/integration/credentials-store.test.ts'
const COUNTER = 'test/integration/passkey-counter.test.ts'
const COMMAND = 'test/unit/core/run-command.test.ts'
const REGISTER = 'test/unit/core/register-credential.test.ts'
const SWITCH = 'test/unit/core/switch-credential.test.ts'
const FLOW = 'test/unit/auth/registration-flow.test.ts'
const CODE = 'test/unit/auth/registration-code.test.ts'
const LOGIN = 'test/unit/auth/login-flow.test.ts'
const ANSWER = 'test/unit/auth/verify-assertion.test.ts'
const ACTION = 'test/unit/auth/verify-user-action.test.ts'

/** In the order of the rules. */
// prettier-ignore
export const CREDENTIAL_MUTANTS: readonly MutantRow[] = [
  [
    'K4', 'the id of a credential is known nowhere',
    STORE, 'src/store/conflicts.ts',
    'eq(credentials.credentialId, key.credentialId),',
    "eq(credentials.credentialId, ''),",
  ],
  [
    'K4', 'the id of a credential is known in every organization',
    STORE, 'src/store/conflicts.ts',
    'eq(credentials.organizationId, organizationId),',
    '',
  ],
  [
    'K4', 'the key of a credential is known nowhere',
    STORE, 'src/store/conflicts.ts',
    'eq(credentials.publicKeyHash, key.publicKeyHash),',
    "eq(credentials.publicKeyHash, ''),",
  ],
  [
    'K4', 'the key of a credential is known in its own organization only',
    STORE, 'src/store/conflicts.ts',
    'eq(credentials.publicKeyHash, key.publicKeyHash),',
    'and(eq(credentials.publicKeyHash, key.publicKeyHash), eq(credentials.organizationId, organizationId)),',
  ],
  [
    'K4', 'the key of a credential is free when it is switched off',
    STORE, 'src/store/conflicts.ts',
    'eq(credentials.publicKeyHash, key.publicKeyHash),',
    'and(eq(credentials.publicKeyHash, key.publicKeyHash), sql`deactivated_at IS NULL`),',
  ],
  [
    'K4', 'a taken key is registered again',
    REGISTER, 'src/core/register-credential.ts',
    "if (known.isKeyTaken) return fail({ reason: 'credential_taken' })",
    '',
  ],
  [
    'U1', 'the challenge of a registration is not consumed',
    STORE, 'src/auth/registration-flow.ts',
    "consumption: { usedHash, purpose: 'registration', expiresAt },",
    'consumption: null,',
  ],
  [
    'U1', 'nobody asks whether the challenge of a registration was used',
    FLOW, 'src/auth/registration-flow.ts',
    "if (snapshot.isChallengeUsed) return challengeInvalid('used')",
    '',
  ],
  [
    'U1', 'whoever loses the race for a registration is registered too',
    FLOW, 'src/auth/registration-flow.ts',
    "if (outcome === 'proof_used' && doubts.length === 0) return challengeInvalid('used')",
    "if (outcome === 'proof_used' && doubts.length === 0) return succeed(registered)",
  ],
  [
    'U1', 'a challenge registers although its code was used',
    FLOW, 'src/auth/registration-flow.ts',
    'if (codeHash === null || user.registrationCodeHash !== codeHash)',
    'if (codeHash === null)',
  ],
  [
    'U1', 'a registration without a code passes where none waits',
    FLOW, 'src/auth/registration-flow.ts',
    'if (codeHash === null || user.registrationCodeHash !== codeHash)',
    'if (user.registrationCodeHash !== codeHash)',
  ],
  [
    'U1', 'a challenge is answered by a credential that was off when it was made',
    LOGIN, 'src/auth/challenge.ts',
    'Math.max(createdAt, activatedAt ?? 0) < issuedBefore',
    'createdAt < issuedBefore',
  ],
  [
    'I7', 'a registration whose commit got no clear answer is not read back',
    FLOW, 'src/auth/registration-flow.ts',
    'if (done) return succeed(done.registered)',
    '',
  ],
  [
    'I10', 'an expired challenge stands before the answer that is kept',
    'test/conformance/dfns/credentials.security.test.ts', 'src/dialects/dfns/create-credential.ts',
    'const { credential, challenge } = attested.ok ? attested.value : NOTHING_ATTESTED',
    'if (!attested.ok) return attested\n      const { credential, challenge } = attested.value',
  ],
  [
    'U1', 'a code waits on when a credential is registered',
    STORE, 'src/core/register-credential.ts',
    'registrationCodeHash: null,',
    'registrationCodeHash: user.registrationCodeHash,',
  ],
  [
    'U1', 'a code never expires',
    FLOW, 'src/auth/registration-flow.ts',
    'if ((user.registrationCodeExpiresAt ?? 0) <= now)',
    'if (user.registrationCodeExpiresAt === 0)',
  ],
  [
    'U1', 'whoever knows a name needs no code',
    FLOW, 'src/auth/registration-flow.ts',
    'if (!account || !isCode)',
    'if (!account || (isCode && code.length === 0))',
  ],
  [
    'U1', 'a code has 96 random bits',
    CODE, 'src/auth/registration-code.ts',
    'const CODE_BYTES = 24',
    'const CODE_BYTES = 12',
  ],
  [
    'U1', 'codes are kept as they are',
    CODE, 'src/auth/registration-code.ts',
    'sha256Hex(`registration-code\\n${code}`)',
    'Promise.resolve(code)',
  ],
  [
    'U1', 'the token of one more credential is a bearer of the first, and the other way round',
    'test/unit/auth/registration-token.test.ts', 'src/auth/registration-token.ts',
    "if (claims['use'] !== use) return fail('another_use')",
    '',
  ],
  [
    'U1', 'the challenge of one more credential is not consumed',
    COMMAND, 'src/core/command-commit.ts',
    'challenge: request.challenge,',
    'challenge: null,',
  ],
  [
    'U3', 'a challenge besides the user action is not consumed',
    'test/integration/commit.test.ts', 'src/store/d1-user-store.ts',
    'challenge: challenge ? consumeStatement(database, challenge, commit.id) : undefined,',
    'challenge: undefined,',
  ],
  [
    'U4', 'a client-signed proof binds the value of the body',
    ACTION, 'src/auth/verify-user-action.ts',
    'body: request.body,',
    'body: new TextEncoder().encode(JSON.stringify(request.payload)),',
  ],
  [
    'U6', 'an answer may be as long as it likes',
    ANSWER, 'src/auth/verify-assertion.ts',
    "if (lengthOf(assertion) > MAX_ANSWER_CHARACTERS) return fail('answer_too_long')",
    '',
  ],
  [
    'U6', 'the id of a passkey may have a thousand bytes',
    'test/unit/auth/new-credential.test.ts', 'src/auth/new-credential.ts',
    "if (credentialId.length > MAX_CREDENTIAL_ID_CHARACTERS) return fail('credential_id_too_long')",
    '',
  ],
  [
    '2.5.4', 'no proof is taken for one',
    ACTION, 'src/auth/user-action-proof.ts',
    "return header?.ok === true && header.value['typ'] === PROOF_TYPE",
    'return false',
  ],
  [
    '2.5.6', 'nobody asks the credential to confirm a proof',
    COMMAND, 'src/core/run-command.ts',
    'const proof = await confirmProof(command.proof, snapshot)',
    'const proof = command.proof',
  ],
  [
    '2.5.6', 'a proof counts although its credential does not confirm it',
    COMMAND, 'src/core/run-command.ts',
    'return cause === null ? proof :',
    'return cause !== undefined ? proof :',
  ],
  [
    '2.5.9', 'a proof names a path without its host',
    ACTION, 'src/auth/verify-user-action.ts',
    'url: `${publicOrigin}${path}`,',
    'url: path,',
  ],
  [
    '2.5.12', 'a proof names the whole header of the bearer',
    ACTION, 'src/auth/verify-user-action.ts',
    'bearer: bearer.value,',
    "bearer: authorization ?? '',",
  ],
  [
    'W1', 'the credential of another user signs',
    'test/unit/auth/action-flow.test.ts', 'src/auth/action-flow.ts',
    'credential.userId !== user.id ||',
    '',
  ],
  [
    'W1', 'whatever credential a login names is the one that the user has',
    LOGIN, 'src/auth/login-flow.ts',
    'account?.credentials.find((one) => one.credentialId === credentialId)',
    'account?.credentials[0]',
  ],
  [
    'W1', 'a user action of one user is good for another',
    COMMAND, 'src/core/command-decision.ts',
    '!credential?.isActive || credential.userId !== caller.user.id',
    '!credential?.isActive',
  ],
  [
    'W3', 'a passkey answers in the form of a key',
    ANSWER, 'src/auth/verify-assertion.ts',
    "if (assertion.kind !== credential.kind) return fail('kind_mismatch')",
    '',
  ],
  [
    'W7', 'every domain that ends alike is of the site',
    'test/unit/env.test.ts', 'src/env.ts',
    'host === id || host.endsWith(`.${id}`)',
    'host.endsWith(id)',
  ],
  [
    'W9', 'the count is not compared in the batch',
    COUNTER, 'src/store/guard-statement.ts',
    'AND sign_count = ifnull(${signCount}, sign_count))',
    ')',
  ],
  [
    'W9', 'the batch is not told the count that was read',
    LOGIN, 'src/auth/spend-challenge.ts',
    "credential.kind === 'Fido2' ? credential.signCount : null",
    'null',
  ],
  [
    'W9', 'a new count is not noted',
    LOGIN, 'src/auth/spend-challenge.ts',
    'const hasCounted = signCount !== null && signCount !== credential.signCount',
    'const hasCounted = signCount === null',
  ],
  [
    'W9', 'a note goes to no row',
    COUNTER, 'src/store/change-statements.ts',
    'database.update(credentials).set(note).where(eq(credentials.id, credentialId))',
    "database.update(credentials).set(note).where(eq(credentials.id, credentialId + ' '))",
  ],
  [
    'W9', 'a count that does not rise lets in',
    LOGIN, 'src/auth/spend-challenge.ts',
    'return signed.value.answer.isCountRefused',
    'return signed.value.answer.isCountRefused === null',
  ],
  [
    'W9', 'a refused count is not on record',
    LOGIN, 'src/auth/spend-challenge.ts',
    'return { id: event.id, event, passkey',
    'return { id: event.id, event: null, passkey',
  ],
  [
    'W9', 'a passkey whose count was refused is not suspected',
    LOGIN, 'src/auth/spend-challenge.ts',
    'passkey: { credentialId: credential.id, suspectedAt: now } }',
    'passkey: null }',
  ],
  [
    'W9', 'a count that does not rise is refused as a bad signature is, without a trace',
    COUNTER, 'src/auth/verify-assertion.ts',
    "if (verified.failure !== 'counter_not_risen') return verified",
    'if (!verified.ok) return verified',
  ],
  [
    'W12', 'whatever is wrong with an answer accuses the passkey',
    ANSWER, 'src/auth/verify-assertion.ts',
    "if (verified.failure !== 'counter_not_risen') return verified",
    "if (verified.failure === 'key_unusable') return verified",
  ],
  [
    'section 1', 'the last credential is switched off',
    SWITCH, 'src/core/switch-credential.ts',
    "if (!isActive && isLast) return fail({ reason: 'last_credential' })",
    '',
  ],
  [
    'section 1', 'credentials that are off count as what is left',
    SWITCH, 'src/core/switch-credential.ts',
    'credentials.filter((one) => one.isActive).length === 1',
    'credentials.length === 1',
  ],
  [
    'section 1', 'a switch leaves the version, so that two at once see each other left',
    STORE, 'src/core/switch-credential.ts',
    'const change = changeUser(action, user, {}, now)',
    'const change = { ...changeUser(action, user, {}, now), after: { ...user, updatedAt: now } }',
  ],
  [
    'section 1', 'whoever knows its id switches a credential of somebody else',
    STORE, 'src/store/change-statements.ts',
    '.where(and(eq(credentials.id, credentialId), eq(credentials.userId, owner.id)))',
    '.where(eq(credentials.id, credentialId || owner.id))',
  ],
]
