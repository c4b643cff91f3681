/**
 * The one rule by which names are joined and split.
 */
import { describe, expect, it } from 'vitest'
import {
  displayNameOf,
  isReadableName,
  splitName,
  tidyName,
} from '../../../src/core/person-name.ts'

const USERNAME = 'ada@example.test'

describe('displayNameOf', () => {
  it.each<{ firstName: string | null; lastName: string | null; name: string }>([
    { firstName: 'Ada', lastName: 'Lovelace', name: 'Ada Lovelace' },
    { firstName: 'Ada', lastName: null, name: 'Ada' },
    { firstName: null, lastName: 'Lovelace', name: 'Lovelace' },
    { firstName: null, lastName: null, name: USERNAME },
    { firstName: '', lastName: 'Lovelace', name: 'Lovelace' },
    { firstName: '', lastName: '', name: USERNAME },
  ])(
    'answers "$name" when the names are $firstName and $lastName',
    ({ name, firstName, lastName }) => {
      expect(displayNameOf({ firstName, lastName, username: USERNAME })).toBe(name)
    },
  )
})

describe('splitName', () => {
  it.each([
    { name: 'Ada Lovelace', parts: ['Ada', 'Lovelace'] },
    { name: 'Ada', parts: ['Ada', null] },
    { name: 'Ada King Lovelace', parts: ['Ada', 'King Lovelace'] },
    { name: 'Ludwig van  der\tRohe', parts: ['Ludwig', 'van der Rohe'] },
    { name: '  Ada   Lovelace\n', parts: ['Ada', 'Lovelace'] },
    { name: 'Ada\u00a0Lovelace', parts: ['Ada', 'Lovelace'] },
    { name: "Jean-Luc O'Neill", parts: ['Jean-Luc', "O'Neill"] },
    { name: '', parts: [null, null] },
    { name: ' \t ', parts: [null, null] },
  ])('splits "$name" into $parts', ({ name, parts }) => {
    const { firstName, lastName } = splitName(name)
    expect([firstName, lastName]).toEqual(parts)
  })

  it('loses nothing of a name whose blanks are single', () => {
    const words = ['Ada', 'de', 'la', 'Cruz', '李', 'Ö.', '-']
    const names = words.map((_, count) => words.slice(0, count + 1).join(' '))
    const joined = names.map((name) => displayNameOf({ ...splitName(name), username: USERNAME }))
    expect(joined).toEqual(names)
  })
})

describe('tidyName', () => {
  it('leaves single blanks between words and none around them', () => {
    expect(tidyName(' \tAda \u00a0 King\n Lovelace ')).toBe('Ada King Lovelace')
  })
})

describe('isReadableName', () => {
  it.each(['Ada', "Jean-Luc O'Neill", 'علی\u200cرضا', '👩\u200d🚀', 'Ö. 李'])(
    'takes %s',
    (name) => {
      expect(isReadableName(name)).toBe(true)
    },
  )

  it.each([
    '\u202eadA',
    'a\u2028b',
    'a\u2029b',
    'a\u0000b',
    'a\tb',
    'a\u200bb',
    '\ufeffa',
    '\ud800',
  ])('takes not %j', (name) => {
    expect(isReadableName(name)).toBe(false)
  })
})
