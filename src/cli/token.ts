/**
 * `npm run token`: prints a fresh token of a demo actor, or a user action that it has signed, or revokes a token by its
 * `jti`. Works beside `npm run dev`. Local only.
 */
import { MAX_LIFETIME_SECONDS } from '../auth/access-token.ts'
import { createKeyRing } from '../auth/key-ring.ts'
import { revocationKeyOf } from '../auth/revocation.ts'
import { fail, succeed, type Result } from '../core/result.ts'
import {
  parseWholeNumber,
  readArguments,
  refuseUsage,
  runCommand,
  type Command,
} from './arguments.ts'
import { DEMO_FILE, readDemoFile, type DemoFile, type DemoFileActor } from './demo-file.ts'
import { DEMO_ACTORS } from './demo-people.ts'
import { issueDemoToken } from './demo-tokens.ts'
import { readSigningKeys } from './dev-vars.ts'
import { withLocalStore } from './local-store.ts'
import { parseMeantRequest, prepareUserAction, type MeantRequest } from './prepare-action.ts'

/** What is asked for; `seconds` null means as long as the kind may live. */
export type TokenOptions =
  | {
      readonly do: 'issue'
      readonly actor: string
      readonly seconds: number | null
      /** Where it is set, a user action for it is printed, and no token. */
      readonly action: MeantRequest | null
    }
  | { readonly do: 'revoke'; readonly tokenId: string }

/** No token of ours lives longer, so its revocation need not either. */
const REVOCATION_TTL_MS = 365 * 86_400 * 1000

const USAGE =
  'Usage: npm run token -- <actor> [--seconds N | --user-action "METHOD /path" [--body JSON]]' +
  ' | npm run token -- revoke <jti>'

/** The command. */
export const TOKEN_COMMAND: Command<TokenOptions> = {
  usage: USAGE,
  parse: parseTokenArguments,
  run: runToken,
}

/**
 * Parses the arguments.
 *
 * @returns what is asked for, or a sentence; `--seconds` beyond the actor's longest lifetime is refused, not cut.
 */
export function parseTokenArguments(argv: readonly string[]): Result<TokenOptions, string> {
  if (argv[0] === 'revoke') {
    const [, tokenId, ...rest] = argv
    // One in 64 begins with a dash, and is no option for that.
    if (!tokenId || /^--[a-z-]+(?:=|$)/.test(tokenId) || rest.length > 0) {
      return fail('revoke takes one jti.')
    }
    return succeed({ do: 'revoke', tokenId })
  }
  const parsed = readArguments({
    args: [...argv],
    options: {
      seconds: { type: 'string' },
      'user-action': { type: 'string' },
      body: { type: 'string' },
    },
    allowPositionals: true,
  })
  if (!parsed.ok) return parsed
  const [first, second] = parsed.value.positionals
  const { seconds: text, 'user-action': meant, body } = parsed.value.values
  if (first === undefined) return fail(`Whose token? ${listActors()}`)
  if (second !== undefined) return fail('One actor at a time.')
  const actor = Object.hasOwn(DEMO_ACTORS, first) ? DEMO_ACTORS[first] : undefined
  if (!actor) return fail(`No actor is called "${first}". ${listActors()}`)
  const max = MAX_LIFETIME_SECONDS[actor.tokenKind]
  const seconds = text === undefined ? null : parseWholeNumber(text, 1, max)
  if (text !== undefined && seconds === null) {
    return fail(`--seconds takes a number from 1 to ${max} for ${first}.`)
  }
  if (meant === undefined) {
    if (body !== undefined) return fail('--body goes with --user-action.')
    return succeed({ do: 'issue', actor: first, seconds, action: null })
  }
  if (text !== undefined) return fail('--seconds and --user-action do not go together.')
  const action = parseMeantRequest(meant, body ?? '')
  if (!action.ok) return action
  return succeed({ do: 'issue', actor: first, seconds, action: action.value })
}

const listActors = (): string => `Actors: ${Object.keys(DEMO_ACTORS).join(', ')}.`

async function runToken(options: TokenOptions): Promise<number> {
  const demo = await readDemoFile()
  if (!demo) throw new Error(`${DEMO_FILE} is missing or unreadable: start "npm run dev" once.`)
  if (options.do === 'revoke') {
    await withLocalStore((db) => revokeToken(db, demo.baseUrl, options.tokenId, Date.now()))
    console.error(`Revoked ${options.tokenId}.`)
    return 0
  }
  const actor = demo.actors[options.actor]
  if (!actor) return refuseUsage(`${DEMO_FILE} has no actor "${options.actor}".`, USAGE)
  const token = await withLocalStore((db) => issueActorToken(db, demo, actor, options))
  const { action } = options
  const { baseUrl } = demo
  console.log(action ? await prepareUserAction(baseUrl, { ...actor, token }, action) : token)
  return 0
}

/**
 * Ends a token that this service issued.
 *
 * @param issuer - `iss` of the token.
 * @param now - Unix milliseconds.
 */
export async function revokeToken(
  db: D1Database,
  issuer: string,
  tokenId: string,
  now: number,
): Promise<void> {
  await db
    .prepare('INSERT OR REPLACE INTO revoked_tokens (hash, expires_at) VALUES (?1, ?2)')
    .bind(await revocationKeyOf(issuer, tokenId), now + REVOCATION_TTL_MS)
    .run()
}

interface TokenHolder {
  readonly username: string
  readonly organization_id: string
  readonly tenant_id: string
  readonly token_epoch: number
  readonly access_token_id: string | null
}

async function issueActorToken(
  db: D1Database,
  demo: DemoFile,
  actor: DemoFileActor,
  options: { readonly actor: string; readonly seconds: number | null },
): Promise<string> {
  const holder = await readTokenHolder(db, actor)
  const tokenKind = DEMO_ACTORS[options.actor]?.tokenKind ?? 'user'
  const subject = {
    userId: actor.userId,
    username: holder.username,
    organizationId: holder.organization_id,
    tenantId: holder.tenant_id,
    tokenEpoch: holder.token_epoch,
    tokenKind,
  }
  const { token } = await issueDemoToken(await createKeyRing(await readSigningKeys()), subject, {
    issuer: demo.baseUrl,
    now: Date.now(),
    tokenId: holder.access_token_id,
    ...(options.seconds === null ? {} : { lifetimeSeconds: options.seconds }),
  })
  return token
}

/** Reads what the file cannot know: the epoch rises with every deactivation. */
async function readTokenHolder(db: D1Database, actor: DemoFileActor): Promise<TokenHolder> {
  const holder = await db
    .prepare(
      `SELECT u.username, u.organization_id, u.token_epoch, o.tenant_id, c.access_token_id
       FROM users u JOIN organizations o ON o.id = u.organization_id
         LEFT JOIN credentials c ON c.organization_id = o.id AND c.credential_id = ?2
       WHERE u.id = ?1 AND u.archived_at IS NULL`,
    )
    .bind(actor.userId, actor.credential.credId)
    .first<TokenHolder>()
  if (holder) return holder
  throw new Error(`${actor.username} is not in the local store: start "npm run dev" again.`)
}

if (import.meta.main) await runCommand(TOKEN_COMMAND)
