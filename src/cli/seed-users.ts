/**
 * Makes plausible users by the thousand, one batch at a time, so that lists, pages and guards can be tried at size.
 */
import { newId } from '../auth/random.ts'

/**
 * Users of one batch. Their JSON is one bound parameter, which D1 limits to 2 MB: a user takes less than 400 bytes.
 *
 * @see https://developers.cloudflare.com/d1/platform/limits/, as of 2026-04-21
 */
export const SEED_BATCH_USERS = 2_000

/** One user as a line of the parameter: ids, email address (which is the username, too), names, kind, two dates. */
export type SeedUser = readonly [
  userId: string,
  identifierId: string,
  email: string,
  firstName: string,
  lastName: string,
  kind: 'CustomerEmployee' | 'EndUser',
  createdAt: number,
  suspendedAt: number | null,
]

const FIRST_NAMES = 'Ada Ben Chloe Dev Elif Femi Greta Hugo Ines Jun Kofi Lena Mateo Noor'.split(
  ' ',
)
const LAST_NAMES = 'Adler Brook Chen Diaz Evans Frey Gupta Hale Ito Jansen Kaya Lund Moss'.split(
  ' ',
)

/**
 * Makes a user with fresh random ids and an address that no other has.
 *
 * @param index - position in the run; every third is an EndUser, every tenth inactive.
 * @param createdAt - Unix milliseconds.
 */
export function createSeedUser(index: number, createdAt: number): SeedUser {
  const id = newId('user')
  const firstName = FIRST_NAMES[index % FIRST_NAMES.length] ?? ''
  const lastName = LAST_NAMES[index % LAST_NAMES.length] ?? ''
  // The id's last part alone has 80 random bits.
  const email = `${firstName}.${lastName}.${id.slice(-16)}@demo.example`.toLowerCase()
  const kind = index % 3 === 2 ? 'EndUser' : 'CustomerEmployee'
  const suspendedAt = index % 10 === 9 ? createdAt : null
  return [id, newId('identifier'), email, firstName, lastName, kind, createdAt, suspendedAt]
}

/** Inserts users, their email identifiers and the raise of `user_count`: all of them or none. */
export async function insertSeedUsers(
  db: D1Database,
  organizationId: string,
  users: readonly SeedUser[],
): Promise<void> {
  const parameter = JSON.stringify(users)
  await db.batch([
    db
      .prepare(
        `INSERT INTO users
           (id, organization_id, kind, username, first_name, last_name, suspended_at, created_at, updated_at)
         SELECT value ->> 0, ?2, value ->> 5, value ->> 2, value ->> 3, value ->> 4,
           value ->> 7, value ->> 6, value ->> 6
         FROM json_each(?1)`,
      )
      .bind(parameter, organizationId),
    db
      .prepare(
        `INSERT INTO user_identifiers (id, user_id, organization_id, type, value, created_at)
         SELECT value ->> 1, value ->> 0, ?2, 'email', value ->> 2, value ->> 6
         FROM json_each(?1)`,
      )
      .bind(parameter, organizationId),
    db
      .prepare('UPDATE organizations SET user_count = user_count + ?1 WHERE id = ?2')
      .bind(users.length, organizationId),
  ])
}
