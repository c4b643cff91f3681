/**
 * The command line knows the dialects by name only; here the names are compared with the dialects themselves.
 */
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { DIALECT_NAMES } from '../../../src/cli/dialect-names.ts'
import type { Dialect } from '../../../src/dialects/dialect.ts'

const FOLDER = path.join(import.meta.dirname, '..', '..', '..', 'src', 'dialects')

it('lists the name of every dialect, once', async () => {
  const folders = readdirSync(FOLDER, { withFileTypes: true }).filter((one) => one.isDirectory())
  const modules = await Promise.all(
    folders.map(async ({ name }) => {
      const file = pathToFileURL(path.join(FOLDER, name, 'index.ts'))
      return (await import(file.href)) as Readonly<Record<string, Dialect>>
    }),
  )
  const dialects = modules.flatMap((one) => Object.values(one))
  expect(dialects.map(({ name }) => name).sort()).toEqual([...DIALECT_NAMES].sort())
})
