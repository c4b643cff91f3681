/**
 * Cause and cure of every refusal: in words that a table can hold, and the same in the README as in the code.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Reason } from '../../../src/core/refusal.ts'
import type { Services } from '../../../src/dialects/dialect.ts'
import { dfns } from '../../../src/dialects/dfns/index.ts'
import { rinne } from '../../../src/dialects/rinne/index.ts'
import { timbu } from '../../../src/dialects/timbu/index.ts'
import { reasonsOf } from '../../../src/http/openapi-refusals.ts'
import { helpFor, OUTSIDE_OPERATIONS } from '../../../src/http/refusal-help.ts'
import { SAMPLE_CONTEXT, sampleRefusals } from '../../../src/http/refusal-samples.ts'

const README = path.join(import.meta.dirname, '..', '..', '..', 'README.md')
const SAMPLES = sampleRefusals('user.edit')
const REASONS = Object.keys(SAMPLES) as Reason[]

/** What a dialect can refuse for: what its operations declare, and what comes before any. */
const DIALECTS = [dfns, timbu, rinne].map(({ form, createOperations }) => {
  // Declaring asks the services for nothing.
  const operations = createOperations({} as Services)
  return { form, refuses: new Set([...operations.flatMap(reasonsOf), ...OUTSIDE_OPERATIONS]) }
})

/** The table of the README, row by row: reason, status in each dialect, cause, cure. */
const ROWS = REASONS.map((reason) => {
  const { cause, cure } = helpFor(reason)
  const statuses = DIALECTS.map(({ form, refuses }) =>
    refuses.has(reason) ? String(form.describe(reason).status) : '-',
  )
  return [`\`${reason}\``, ...statuses, cause, cure]
})

/** Reads the rows of the first table below a heading, each cell without the blanks around it. */
const readTable = (text: string, heading: string): string[][] => {
  const [, section = ''] = text.split(`\n${heading}\n`)
  const lines = section.split(/\n## /)[0]?.split('\n') ?? []
  const table = lines.filter((line) => line.startsWith('|')).slice(2)
  return table.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

describe('helpFor', () => {
  it.each(REASONS)('says of %s in two plain sentences what happened and what to do', (reason) => {
    const { cause, cure } = helpFor(reason)
    for (const sentence of [cause, cure]) expect(sentence).toMatch(/^[A-Z`][^<>|\n]{10,140}\.$/)
    expect(cause).not.toBe(cure)
  })

  it('says no cause and no cure twice', () => {
    for (const member of ['cause', 'cure'] as const) {
      const texts = REASONS.map((reason) => helpFor(reason)[member])
      expect(new Set(texts).size).toBe(texts.length)
    }
  })

  it('is what the README says, reason by reason, in the order of the code', () => {
    expect(readTable(readFileSync(README, 'utf8'), '## Errors')).toEqual(ROWS)
  })
})

describe('sampleRefusals', () => {
  it.each(REASONS)('has a sample of %s that every form can write', (reason) => {
    expect(SAMPLES[reason].reason).toBe(reason)
    for (const { form } of DIALECTS) {
      const { status, body } = form.write(SAMPLES[reason], SAMPLE_CONTEXT)
      expect(status).toBe(form.describe(reason).status)
      if (body !== undefined) expect(form.schemaOf(status)?.safeParse(body).error).toBeUndefined()
    }
  })

  it('names the power that a caller lacks as its dialect spells it', () => {
    expect(sampleRefusals('Auth:Users:Activate').permission_missing.operation).toBe(
      'Auth:Users:Activate',
    )
  })
})
