/**
 * Writes the version of package.json into the source, which may not read it. Run by `npm version` (its script `version`),
 * before that commits.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const ROOT = path.join(import.meta.dirname, '..')
const SOURCE = path.join(ROOT, 'src', 'http', 'version.ts')

const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
  version: string
}
const text = readFileSync(SOURCE, 'utf8')
const line = /^export const VERSION = '.*'$/m
if (!line.test(text)) throw new Error('version.ts has no line with the version')
writeFileSync(SOURCE, text.replace(line, `export const VERSION = '${version}'`))
