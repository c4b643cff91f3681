/**
 * `npm run seed`: adds users to the demo organization of the local store. Works beside `npm run dev`. Local only.
 */
import { fail, succeed, type Result } from '../core/result.ts'
import { parseWholeNumber, readArguments, runCommand, type Command } from './arguments.ts'
import { findHomeOrganizationId } from './demo-organizations.ts'
import { withLocalStore } from './local-store.ts'
import { createSeedUser, insertSeedUsers, SEED_BATCH_USERS } from './seed-users.ts'

/** How many users are added. */
export interface SeedOptions {
  readonly users: number
}

// A local SQLite file of about a gigabyte.
const MAX_USERS = 1_000_000

// Without a terminal one line a batch would fill a log.
const PLAIN_PROGRESS_STEP = 10 * SEED_BATCH_USERS

/** The command. */
export const SEED_COMMAND: Command<SeedOptions> = {
  usage: 'Usage: npm run seed -- --users N',
  parse: parseSeedArguments,
  run: ({ users }) => withLocalStore((db) => seedUsers(db, users, Date.now())),
}

/** Parses the arguments; refuses a missing or impossible number with a sentence. */
export function parseSeedArguments(argv: readonly string[]): Result<SeedOptions, string> {
  const parsed = readArguments({ args: [...argv], options: { users: { type: 'string' } } })
  if (!parsed.ok) return parsed
  const users = parseWholeNumber(parsed.value.values.users ?? '', 1, MAX_USERS)
  if (users === null) return fail(`--users takes a number from 1 to ${MAX_USERS}.`)
  return succeed({ users })
}

async function seedUsers(db: D1Database, total: number, now: number): Promise<number> {
  const organizationId = await findHomeOrganizationId(db).catch(() => null)
  if (organizationId === null) {
    throw new Error('The local store has no demo organization: start "npm run dev" once.')
  }
  for (let done = 0; done < total; ) {
    const size = Math.min(SEED_BATCH_USERS, total - done)
    // A millisecond apart and all in the past, so that pages have an order.
    const users = Array.from({ length: size }, (_, index) =>
      createSeedUser(done + index, now - total + done + index),
    )
    await insertSeedUsers(db, organizationId, users)
    done += size
    printProgress(done, total)
  }
  return 0
}

function printProgress(done: number, total: number): void {
  const text = `${done.toLocaleString('en')} of ${total.toLocaleString('en')} users`
  const isLast = done === total
  if (process.stdout.isTTY) process.stdout.write(`\r${text}${isLast ? '\n' : ''}`)
  else if (isLast || done % PLAIN_PROGRESS_STEP === 0) console.log(text)
}

if (import.meta.main) await runCommand(SEED_COMMAND)
