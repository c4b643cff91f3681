/**
 * Rows as SQL: escaping, and that what a text says is what SQLite stores.
 */
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { createRow, quoteSql, writeRowSql } from '../../../src/cli/rows.ts'
import { organizations } from '../../../src/store/schema.ts'

describe('quoteSql', () => {
  it.each([
    { name: 'a plain word', text: 'word' },
    { name: 'no text', text: '' },
    { name: 'a single quote', text: "O'Brien" },
    { name: 'an attempt to leave the literal', text: "'; DROP TABLE users; --" },
    { name: 'doubled quotes', text: "''" },
    { name: 'a backslash before a quote', text: "\\'" },
    { name: 'double quotes and brackets', text: '"a" [b] `c`' },
    { name: 'line feeds', text: 'a\r\nb' },
    { name: 'comment marks', text: '/* a -- b */' },
    { name: 'letters beyond ASCII', text: 'Zoë 🦊' },
    { name: 'the words that wrangler cuts out', text: 'a BEGIN TRANSACTION; b COMMIT; c' },
  ])('keeps $name as it is', ({ text }) => {
    const row = new DatabaseSync(':memory:').prepare(`SELECT ${quoteSql(text)} AS text`).get()
    expect(row?.['text']).toBe(text)
  })

  it('never writes the words that wrangler cuts out', () => {
    expect(quoteSql('BEGIN TRANSACTION;')).not.toContain('BEGIN TRANSACTION')
  })

  it('refuses U+0000', () => {
    expect(() => quoteSql('a\0b')).toThrow(RangeError)
  })
})

describe('createRow', () => {
  const row = createRow(organizations, {
    id: 'or-1',
    tenantId: 'acct-1',
    name: "O'Brien",
    dialects: ['dfns', 'rinne'],
    requireUserAction: true,
    createdAt: 5,
    updatedAt: 6,
  })

  it('spells table, columns and values as the store has them', () => {
    expect(row.table).toBe('organizations')
    expect(Object.fromEntries(row.columns.map((name, index) => [name, row.values[index]]))).toEqual(
      {
        id: 'or-1',
        tenant_id: 'acct-1',
        name: "O'Brien",
        dialects: '["dfns","rinne"]',
        require_user_action: 1,
        created_at: 5,
        updated_at: 6,
      },
    )
  })

  it('becomes one line of SQL with every text quoted', () => {
    expect(writeRowSql(row)).toBe(
      'INSERT INTO organizations (id, tenant_id, name, dialects, require_user_action, created_at, ' +
        `updated_at) VALUES ('or-1', 'acct-1', 'O''Brien', '["dfns","rinne"]', 1, 5, 6);`,
    )
  })
})
