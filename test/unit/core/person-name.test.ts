/**
 * The one rule by which names are joined and split.
 */
import { describe, expect, it } from 'vitest'
import { displayNameOf, splitName } from '../../../src/core/person-name.ts'

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
