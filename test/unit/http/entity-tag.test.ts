/**
 * Versions as entity tags, and conditions on them (RFC 9110 sections 8.8.3 and 13.1).
 */
import { describe, expect, it } from 'vitest'
import * as tags from '../../../src/http/entity-tag.ts'

const TAG = tags.entityTagOf({ version: 7 })

describe('parseTagCondition', () => {
  it.each([
    { texts: ['*', ' * '], matches: { strongly: true, weakly: true, nobody: true } },
    {
      texts: ['"7"', '"6","7"', '"6" ,\t"7" ', '"7",', ',, "6",,"7"'],
      matches: { strongly: true, weakly: true, nobody: false },
    },
    { texts: ['W/"7"', '"6", W/"7"'], matches: { strongly: false, weakly: true, nobody: false } },
    {
      texts: ['"77"', '"07"', '"W/7"', '"*"', '""', '"~!\xe9"', '"6,7"'],
      matches: { strongly: false, weakly: false, nobody: false },
    },
  ])('reads $texts, which match strongly, weakly and nobody: $matches', ({ texts, matches }) => {
    for (const text of texts) {
      const condition = tags.parseTagCondition(text) ?? expect.unreachable(text)
      const [strongly, nobody] = [TAG, null].map((tag) => tags.matchesStrongly(condition, tag))
      const weakly = tags.matchesWeakly(condition, TAG)
      expect({ strongly, weakly, nobody }).toEqual(matches)
    }
  })

  it.each([
    ...['', ' ', ',', '7', "'7'", '"7', '7"', 'w/"7"', 'W/7', 'W/ "7"', '"7" "8"', '*, "7"', '**'],
    ...['"a b"', '"a\tb"', '"a"b"', '"\x7f"', '"\u0100"', '"7"\n"8"'],
  ])('refuses %j', (text) => {
    expect(tags.parseTagCondition(text)).toBeNull()
  })
})
