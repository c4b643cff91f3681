/**
 * `npm run assets`: fills the git-ignored folder that wrangler.toml serves, before dev, test and deploy.
 * No network: Swagger UI comes from node_modules.
 */
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { EXPLORER_INITIALIZER, EXPLORER_PAGE, writeHeadersFile } from './explorer-pages.ts'

/** `directory` of wrangler.toml's `[assets]`. */
const ASSETS_FOLDER = '.assets'

/** What the page loads from swagger-ui-dist. */
const VIEWER_FILES = [
  'swagger-ui-bundle.js',
  'swagger-ui-standalone-preset.js',
  'swagger-ui.css',
  'favicon-32x32.png',
] as const

/** Writes the explorer's files; those that are there already are written again. */
export async function copyExplorer(folder = ASSETS_FOLDER): Promise<void> {
  const docs = join(folder, 'docs')
  await mkdir(docs, { recursive: true })
  const manifest = createRequire(import.meta.url).resolve('swagger-ui-dist/package.json')
  await Promise.all([
    writeFile(join(folder, '_headers'), writeHeadersFile()),
    writeFile(join(docs, 'index.html'), EXPLORER_PAGE),
    writeFile(join(docs, 'initializer.js'), EXPLORER_INITIALIZER),
    ...VIEWER_FILES.map((name) => copyFile(join(dirname(manifest), name), join(docs, name))),
  ])
}

if (import.meta.main) await copyExplorer()
