/**
 * Rinne's permissions: `resource.action`, `resource.subresource.action`, and wildcards over them. Pure.
 */

/** A permission as the vendor spells it; operations of other dialects are none, and no wildcard covers them. */
const PERMISSION = /^(?:[a-z][a-z0-9_-]*|\*)(?:\.(?:[a-z][a-z0-9_-]*|\*))+$/

/**
 * Tells whether who holds one permission may do what another one names. A wildcard stands at the end, and covers
 * everything below its resource, however deep; `*.*` covers every permission, and nothing that is none.
 *
 * @see FACTS 1.3, "Permissions"
 */
export function covers(held: string, wanted: string): boolean {
  if (held === wanted) return true
  if (!PERMISSION.test(wanted)) return false
  if (held === '*.*') return true
  const resource = /^([^*]+\.)\*$/.exec(held)?.[1]
  return resource !== undefined && wanted.startsWith(resource)
}
