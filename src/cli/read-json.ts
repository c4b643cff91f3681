/**
 * What other programs print and serve, which may be anything. No I/O.
 */

/** Reads a text as JSON; null where it is none. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
