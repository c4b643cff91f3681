/**
 * Processes that run as nobody in particular: with a home of their own, and without what a machine has for Cloudflare.
 */
import path from 'node:path'

/** Writes their environment: `~` is `home` in the folder; names that fit `without` are left out, too. */
export function createNobody(folder: string, without = /^$/): NodeJS.ProcessEnv {
  const home = path.join(folder, 'home')
  const environment: NodeJS.ProcessEnv = { ...process.env, HOME: home, XDG_CONFIG_HOME: home }
  for (const name of Object.keys(environment)) {
    if (/^(CLOUDFLARE|CF|WRANGLER)_/.test(name) || without.test(name)) delete environment[name]
  }
  return environment
}
