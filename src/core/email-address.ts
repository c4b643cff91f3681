/**
 * What an email address is, wherever one is stored or asked for. Pure.
 */

/** Longest address, in characters (RFC 5321 section 4.5.3.1.3, less its brackets). */
const MAX_ADDRESS_CHARACTERS = 254

/**
 * A local part of up to 64 characters (RFC 5321 section 4.5.3.1.1) and a domain with a dot, of any script. More would
 * be too much: only a person can tell whether mail arrives.
 */
const ADDRESS = /^[^\s\p{Cc}@"]{1,64}@(?:[^\s\p{Cc}@".]+\.)+[^\s\p{Cc}@".]+$/u

/** Tells whether a text is an address. Contracts may be stricter; what they store, this one takes. */
export const isEmailAddress = (text: string): boolean =>
  text.length <= MAX_ADDRESS_CHARACTERS && ADDRESS.test(text)
