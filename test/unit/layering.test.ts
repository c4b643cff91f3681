/**
 * Who may import whom (DESIGN section 5), over the whole source; and that the checker sees what breaks the table.
 */
import { describe, expect, it } from 'vitest'
import { findLayeringFaults } from '../support/layering.ts'
import { readRepository, sourceOf } from '../support/repository.ts'

const SOURCE = sourceOf(readRepository()).map(({ file, text }) => ({
  file: file.replace(/^src\//, ''),
  source: text,
}))

describe('findLayeringFaults', () => {
  it('finds no fault in the source', () => {
    expect(SOURCE.length).toBeGreaterThan(80)
    expect(findLayeringFaults(SOURCE)).toEqual([])
  })

  it.each([
    { file: 'core/x.ts', source: "import { z } from 'zod'", names: 'zod' },
    { file: 'core/x.ts', source: "import type { SQL } from 'drizzle-orm'", names: 'drizzle-orm' },
    { file: 'core/x.ts', source: "import 'node:fs'", names: 'node:fs' },
    { file: 'core/x.ts', source: "import { a } from '../auth/a.ts'", names: '../auth/a.ts' },
    { file: 'core/x.ts', source: "export * from '../store/a.ts'", names: '../store/a.ts' },
    { file: 'core/x.ts', source: 'export { a } from "../http/a.ts"', names: '../http/a.ts' },
    { file: 'core/x.ts', source: "const a = await import('jose')", names: 'jose' },
    { file: 'core/x.ts', source: "type A = import('hono').Context", names: 'hono' },
    { file: 'core/x.ts', source: "const a = require('jose')", names: 'jose' },
    { file: 'core/x.ts', source: "import a from\t'jose'", names: 'jose' },
    { file: 'core/x.ts', source: "import { a } from '../../test/a.ts'", names: '../../test/a.ts' },
    { file: 'core/x.ts', source: "import { a } from 'core/a.ts'", names: 'core/a.ts' },
    { file: 'auth/x.ts', source: "import { a } from '../store/a.ts'", names: '../store/a.ts' },
    { file: 'auth/x.ts', source: "import { a } from '../http/a.ts'", names: '../http/a.ts' },
    { file: 'auth/x.ts', source: "import { Hono } from 'hono'", names: 'hono' },
    { file: 'auth/x.ts', source: "import jwt from 'hono/jwt'", names: 'hono/jwt' },
    { file: 'store/x.ts', source: "import { a } from '../auth/a.ts'", names: '../auth/a.ts' },
    {
      file: 'store/x.ts',
      source: "import { defineConfig } from 'drizzle-kit'",
      names: 'drizzle-kit',
    },
    { file: 'http/x.ts', source: "import { a } from '../auth/a.ts'", names: '../auth/a.ts' },
    {
      file: 'http/x.ts',
      source: "import { a } from '../dialects/dialect.ts'",
      names: 'dialect.ts',
    },
    { file: 'dialects/dfns/x.ts', source: "import '../../store/a.ts'", names: '../../store/a.ts' },
    { file: 'dialects/dfns/x.ts', source: "import '../rinne/a.ts'", names: '../rinne/a.ts' },
    { file: 'dialects/dfns/x.ts', source: "import '../dfnsx/a.ts'", names: '../dfnsx/a.ts' },
    { file: 'dialects/dfns/x.ts', source: "import '../../app.ts'", names: '../../app.ts' },
    { file: 'dialects/dfns/x.ts', source: "import 'drizzle-orm'", names: 'drizzle-orm' },
    { file: 'dialects/dialect.ts', source: "import './dfns/index.ts'", names: './dfns/index.ts' },
    { file: 'index.ts', source: "import { a } from './core/a.ts'", names: './core/a.ts' },
    { file: 'env.ts', source: "import { a } from './auth/a.ts'", names: './auth/a.ts' },
    { file: 'app.ts', source: "import { a } from './cli/a.ts'", names: './cli/a.ts' },
    { file: 'app.ts', source: "import { a } from 'jose'", names: 'jose' },
    { file: 'client/x.ts', source: "import { a } from '../core/a.ts'", names: '../core/a.ts' },
    { file: 'client/x.ts', source: "import 'jose'", names: 'jose' },
    { file: 'cli/x.ts', source: "import '../store/database.ts'", names: '../store/database.ts' },
    { file: 'cli/x.ts', source: "import '../dialects/dialect.ts'", names: 'dialect.ts' },
  ])('names $file when it says $source', ({ file, source, names }) => {
    const faults = findLayeringFaults([{ file, source }])
    expect(faults).toHaveLength(1)
    expect(faults[0]).toContain(`${file} imports `)
    expect(faults[0]).toContain(`${names}, but `)
  })

  it.each([
    { file: 'core/x.ts', source: "import type { A } from './a.ts'" },
    { file: 'auth/x.ts', source: "import { a } from '@noble/curves/ed25519.js'" },
    { file: 'store/x.ts', source: "import { sql } from 'drizzle-orm/d1'" },
    { file: 'store/drizzle.config.ts', source: "import { defineConfig } from 'drizzle-kit'" },
    { file: 'dialects/dfns/x.ts', source: "import './a.ts'; import '../dialect.ts'" },
    { file: 'dialects/dfns/x.ts', source: "import '../../auth/a.ts'; import 'zod'" },
    { file: 'cli/x.ts', source: "import '../store/schema.ts'; import 'node:fs'" },
    { file: 'core/x.ts', source: 'const text = `SELECT a FROM b`' },
    { file: 'core/x.ts', source: "const text = 'a token from `POST /auth/login`'" },
  ])('takes $file when it says $source', (file) => {
    expect(findLayeringFaults([file])).toEqual([])
  })

  it.each(['utils/x.ts', 'x.ts', 'corex/x.ts', 'dialects/x.ts', 'dialects/a/b/x.ts'])(
    'names %s, which lies outside of the table',
    (file) => {
      expect(findLayeringFaults([{ file, source: '' }])).toEqual([
        `${file} lies outside of the folders of the table`,
      ])
    },
  )

  it.each(['await import(name)', 'await import(`./${name}.ts`)', 'require(name)'])(
    'names a computed import: %s',
    (source) => {
      expect(findLayeringFaults([{ file: 'core/x.ts', source }])).toContain(
        'core/x.ts imports a computed name',
      )
    },
  )
})
