/**
 * The one rule for people's names, in every dialect: first name, one blank, last name. Pure.
 */
import type { User } from './user.ts'

/** A person's name in two parts; null where a part is not known. */
export type PersonName = Pick<User, 'firstName' | 'lastName'>

/** Joins a user's names for people: first, blank, last; the username where neither is known. */
export function displayNameOf(user: PersonName & Pick<User, 'username'>): string {
  const joined = [user.firstName, user.lastName].filter((part) => part).join(' ')
  return joined === '' ? user.username : joined
}

/** Spells a name with single blanks between its words and none around them. */
export const tidyName = (name: string): string => name.trim().replace(/\s+/gu, ' ')

/**
 * Splits a name that came as one text at the first blank of its tidy spelling: what stands before it is the first
 * name, all the rest the last. So it reads the same when it is joined again.
 */
export function splitName(name: string): PersonName {
  const [firstName, ...rest] = tidyName(name).split(' ')
  return { firstName: firstName || null, lastName: rest.length > 0 ? rest.join(' ') : null }
}

/** Controls, line separators and invisible format characters; the two that join and part letters belong to words. */
const HIDDEN = /[\p{Cc}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/u

/** Tells whether a name reads the same everywhere: nothing in it is invisible, or turns the text around. */
export const isReadableName = (name: string): boolean => name.isWellFormed() && !HIDDEN.test(name)
