/**
 * The one rule by which names are joined and split, in every dialect: first name, one blank, last name. Pure.
 */
import type { User } from './user.ts'

/** A person's name in two parts; null where a part is not known. */
export type PersonName = Pick<User, 'firstName' | 'lastName'>

/** Joins a user's names for people: first, blank, last; the username where neither is known. */
export function displayNameOf(user: PersonName & Pick<User, 'username'>): string {
  const joined = [user.firstName, user.lastName].filter((part) => part).join(' ')
  return joined === '' ? user.username : joined
}

/**
 * Splits a name that came as one text at its first blank: what stands before it is the first name, all the rest the
 * last. So a name that was split reads the same when it is joined again.
 */
export function splitName(name: string): PersonName {
  const [firstName, ...rest] = name.trim().split(/\s+/)
  return { firstName: firstName || null, lastName: rest.length > 0 ? rest.join(' ') : null }
}
