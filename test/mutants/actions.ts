/**
 * A mutant for each clause of the rules on user actions and on paths (RULES.md sections 2.4 and 2.8).
 */
import type { MutantRow } from './mutants.ts'

const FLOW = 'test/unit/auth/action-flow.test.ts'
const LOGIN = 'test/unit/auth/login-flow.test.ts'
const BINDING = 'test/unit/auth/action-binding.test.ts'
const TOKEN = 'test/unit/auth/user-action-token.test.ts'
const PURPOSE = 'test/unit/auth/purpose-token.test.ts'
const ASSERTION = 'test/unit/auth/verify-key-assertion.test.ts'
const RUNNER = 'test/unit/core/run-command.test.ts'
const COMMITS = 'test/integration/commit.test.ts'
const DFNS = 'test/conformance/dfns/bad-transport.test.ts'

/** In the order of the rules. */
// prettier-ignore
export const ACTION_MUTANTS: readonly MutantRow[] = [
  [
    'U1', 'a challenge has 64 random bits',
    FLOW, 'src/auth/action-flow.ts',
    'const nonce = newSecret()',
    'const nonce = newSecret(8)',
  ],
  [
    'U1', 'a challenge is not bound to its request',
    BINDING, 'src/auth/action-binding.ts',
    "[nonce, ...membersOf(binding)].join('\\n')",
    'nonce',
  ],
  [
    'U1', "a challenge serves another caller",
    FLOW, 'src/auth/action-flow.ts',
    'if (!binding || binding.identity !== (await hashIdentity(principal)))',
    'if (!binding)',
  ],
  [
    'U1', 'a challenge is answered by a credential that it did not offer',
    FLOW, 'src/auth/action-flow.ts',
    '!wasOffered(credential, challenge) ||',
    '',
  ],
  [
    'U1', 'a login is answered by a credential that it did not offer',
    LOGIN, 'src/auth/login-flow.ts',
    'if (!wasOffered(credential, challenge))',
    'if (credential.createdAt < 0)',
  ],
  [
    'U1', 'a challenge is not consumed',
    FLOW, 'src/auth/spend-challenge.ts',
    'consumption: { usedHash, purpose, expiresAt },',
    'consumption: null,',
  ],
  [
    'U1', 'whoever loses the race for a challenge has its token too',
    FLOW, 'src/auth/spend-challenge.ts',
    "if (outcome === 'proof_used') return challengeInvalid('used')",
    "if (outcome === 'proof_used') return signed",
  ],
  [
    'U2', 'a user action is good for every request',
    TOKEN, 'src/auth/user-action-token.ts',
    'if (!(await isSameBinding(evidence.binding, await bindAction(request))))',
    'if (!(await isSameBinding(evidence.binding, evidence.binding)))',
  ],
  ...['organizationId', 'identity', 'method', 'path', 'payloadHash'].map((member): MutantRow => [
    'U2', `nobody compares the ${member} of a binding`,
    BINDING, 'src/auth/action-binding.ts',
    `  binding.${member},\n`,
    '',
  ]),
  [
    'U2', 'a user action lives for a day',
    PURPOSE, 'src/auth/purpose-token.ts',
    'export const MAX_PURPOSE_SECONDS = 600',
    'export const MAX_PURPOSE_SECONDS = 86_400',
  ],
  [
    'U3', 'a second use of a token is overlooked',
    COMMITS, 'src/store/change-statements.ts',
    `    .returning({ written: usedTokens.usedBy })`,
    `    .onConflictDoUpdate({ target: usedTokens.hash, set: { usedBy: commitId } })
    .returning({ written: usedTokens.usedBy })`,
  ],
  [
    'U3', 'a token is consumed in a batch of its own',
    'test/integration/guard-statement.test.ts', 'src/store/d1-user-store.ts',
    'const answers = await runBatch(database, statements)',
    `const { consume, ...others } = statements
    const before = await runBatch(database, { consume })
    const answers = { ...before, ...(await runBatch(database, others)) }`,
  ],
  [
    'U3', 'where nothing changes, no token is consumed',
    RUNNER, 'src/core/command-commit.ts',
    'consumption: proof,',
    'consumption: isEffective(change) ? proof : null,',
  ],
  [
    'U4', 'no body and an empty object are two values',
    BINDING, 'src/auth/action-binding.ts',
    'canonicalJson(payload === undefined ? {} : payload)',
    'canonicalJson(payload ?? null)',
  ],
  [
    'U4', 'members in another order are another value',
    BINDING, 'src/core/canonical-json.ts',
    '.sort(([left], [right]) => (left < right ? -1 : 1))',
    '',
  ],
  [
    'U4', 'an announced path keeps its query',
    'test/conformance/dfns/sign-action.happy.test.ts', 'src/dialects/dfns/sign-action.ts',
    "const [bare = ''] = path.split(/[?#]/, 1)",
    'const bare = path',
  ],
  [
    'U5', 'any type of client data is good',
    ASSERTION, 'src/auth/verify-key-assertion.ts',
    "if (type !== 'key.get') return fail('type_mismatch')",
    '',
  ],
  [
    'U5', 'any challenge is good',
    ASSERTION, 'src/auth/verify-key-assertion.ts',
    'if (!(await isChallenge(challenge, input.challenge)))',
    "if (typeof challenge !== 'string')",
  ],
  [
    'U5', 'a foreign frame may sign',
    ASSERTION, 'src/auth/verify-key-assertion.ts',
    'if (crossOrigin !== undefined && crossOrigin !== false)',
    "if (crossOrigin === 'true')",
  ],
  [
    'U5', 'what is verified is written anew, not what was received',
    ASSERTION, 'src/auth/verify-key-assertion.ts',
    'verifySignature(key.value, clientData, signature, digest)',
    'verifySignature(key.value, new TextEncoder().encode(JSON.stringify(parsed.value)), signature, digest)',
  ],
  [
    'U5', 'ECDSA takes no DER, which the official signers send',
    ASSERTION, 'src/auth/verify-signature.ts',
    'const raw = ecdsaDerToP1363(signature, coordinateBytes) ?? signature',
    'const raw = signature',
  ],
  [
    'U6', 'a user action may have 8 KiB',
    PURPOSE, 'src/auth/purpose-token.ts',
    'export const MAX_PURPOSE_TOKEN_BYTES = 4_096',
    'export const MAX_PURPOSE_TOKEN_BYTES = 8_192',
  ],
  [
    'U6', 'client data may fill the header',
    ASSERTION, 'src/auth/verify-key-assertion.ts',
    'const MAX_CLIENT_DATA_BYTES = 768',
    'const MAX_CLIENT_DATA_BYTES = 4_096',
  ],
  [
    'U6', 'of two user actions the first one counts',
    'test/conformance/timbu/activate-user.security.test.ts', 'src/dialects/dialect.ts',
    'const token = request.header(USER_ACTION_HEADER)',
    "const token = (request.header(USER_ACTION_HEADER) ?? '').split(',')[0] ?? null",
  ],
  [
    'U6', 'a bad user action is ignored where none is asked for',
    RUNNER, 'src/core/command-decision.ts',
    'if (!proof.ok) return proof\n  // A proof that names',
    `if (!proof.ok) return rule.userAction === 'always' ? proof : succeed(null)
  // A proof that names`,
  ],
  [
    'U6', 'a user action is left aside where none is read',
    'test/conformance/user-action-header.test.ts', 'src/http/operation.ts',
    "if (!takesUserAction && (header(USER_ACTION_HEADER) ?? '') !== '') {",
    'if (false) {',
  ],
  [
    'P1', 'an id may have any length',
    'test/conformance/dfns/activate-user.error.test.ts', 'src/dialects/dfns/schema.ts',
    `    .max(64)
    .openapi({
      param:`,
    `    .openapi({
      param:`,
  ],
  [
    'P1', 'a user id may stand anywhere in a text',
    'test/unit/core/id.test.ts', 'src/core/id.ts',
    'user: new RegExp(`^us-${PATTERN_SOURCE}$`)',
    'user: new RegExp(`us-${PATTERN_SOURCE}`)',
  ],
  [
    'P2', 'a path is compared as it is decoded',
    'test/unit/http/edge-limits.test.ts', 'src/http/edge-limits.ts',
    '!CANONICAL_PATH.test(path))',
    '!CANONICAL_PATH.test(path.replace(/%[0-9A-Fa-f]{2}/g, unescape)))',
  ],
  [
    'P2', 'nobody looks at how a path is spelled',
    DFNS, 'src/http/edge-limits.ts',
    "if (path !== EXPLORER_PATH && !CANONICAL_PATH.test(path)) return { reason: 'route_not_found' }",
    '',
  ],
  [
    'P3', 'changes take any query',
    DFNS, 'src/http/input.ts',
    'export const NOTHING = z.strictObject({})',
    'export const NOTHING = z.object({})',
  ],
  [
    'P4', 'a header says what the method is',
    DFNS, 'src/index.ts',
    'fetch: async (request, env, context) => (await appFor(env)).fetch(request, env, context),',
    `fetch: async (sent, env, context) => {
    const method = sent.headers.get('x-http-method-override') ?? sent.method
    return (await appFor(env)).fetch(new Request(sent, { method }), env, context)
  },`,
  ],
]
