/**
 * Builds the Worker as a deployment would, without an account and without a network, and tells how large it is.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describeOutput, type RunWrangler } from './deploy-output.ts'

/** What is uploaded, without the map that goes beside it; Cloudflare's limits are on the second number. */
export interface BundleSize {
  readonly bytes: number
  readonly gzipBytes: number
}

/**
 * Builds the bundle in a folder that is removed again.
 *
 * @throws Error with wrangler's words when it cannot be built.
 */
export async function buildBundle(environment: string, run: RunWrangler): Promise<BundleSize> {
  const folder = await mkdtemp(join(tmpdir(), 'activate-build-'))
  try {
    const outcome = await run(['deploy', '--dry-run', '--env', environment, '--outdir', folder])
    if (outcome.exitCode === 0) return await measureBundle(folder)
    throw new Error(`${describeOutput(outcome)}\nThe build failed: nothing was deployed.`)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function measureBundle(folder: string): Promise<BundleSize> {
  const names = (await readdir(folder)).filter((name) => /\.(?:js|wasm)$/.test(name))
  const text = Buffer.concat(await Promise.all(names.map((name) => readFile(join(folder, name)))))
  if (text.length === 0) throw new Error('wrangler deploy --dry-run built nothing.')
  return { bytes: text.length, gzipBytes: gzipSync(text).length }
}

/** Says how large it is, in the unit of Cloudflare's limits. */
export const describeSize = ({ bytes, gzipBytes }: BundleSize): string =>
  `${(bytes / 1024).toFixed(0)} KiB, ${(gzipBytes / 1024).toFixed(0)} KiB with gzip`
