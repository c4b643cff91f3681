/**
 * What a login shows of users that there are not.
 */
import { describe, expect, it } from 'vitest'
import { createDecoys } from '../../../src/auth/decoy.ts'
import { newSecret } from '../../../src/auth/random.ts'
import { createTestKey, createTestRing } from '../../support/jws.ts'
import { ORGANIZATION_ID, userId } from '../../support/sample.ts'

const signer = createTestKey('signer')
const decoys = createDecoys(await createTestRing(signer))
const OTHER_ORGANIZATION = 'or-11111-11111-1111111111111111'

/** The first id that a name gets. */
const idOf = async (organizationId: string, name: string, by = decoys) =>
  (await by.credentialIds(organizationId, name))[0]

describe('credentialIds', () => {
  it('is as long as a real id, in the same characters', async () => {
    const id = await idOf(ORGANIZATION_ID, 'nobody')
    expect(id).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(id).toHaveLength(newSecret().length)
  })

  it('stays the same for a name in any case, on every edge', async () => {
    const elsewhere = createDecoys(await createTestRing(signer, createTestKey('spare')))
    const ids = await Promise.all([
      idOf(ORGANIZATION_ID, 'nobody'),
      idOf(ORGANIZATION_ID, 'NoBody'),
      idOf(ORGANIZATION_ID, 'nobody', elsewhere),
    ])
    expect(new Set(ids).size).toBe(1)
  })

  it('differs by name, organization and signing key', async () => {
    const other = createDecoys(await createTestRing(createTestKey('signer')))
    const ids = await Promise.all([
      idOf(ORGANIZATION_ID, 'nobody'),
      idOf(ORGANIZATION_ID, 'nobody2'),
      idOf(OTHER_ORGANIZATION, 'nobody'),
      idOf(ORGANIZATION_ID, 'nobody', other),
    ])
    expect(new Set(ids).size).toBe(4)
  })
})

describe('credentialIds', () => {
  it('are one to three, all different, and the same ones each time', async () => {
    const names = Array.from({ length: 200 }, (_, index) => `nobody-${index}`)
    const lists = await Promise.all(
      names.map((name) => decoys.credentialIds(ORGANIZATION_ID, name)),
    )
    const again = await Promise.all(
      names.map((name) => decoys.credentialIds(ORGANIZATION_ID, name)),
    )
    expect(again).toEqual(lists)
    expect(new Set(lists.flat()).size).toBe(lists.flat().length)
    const countOf = (size: number) => lists.filter((ids) => ids.length === size).length
    // Expected are 125, 50 and 25; the bounds fail for less than one ring in a million.
    expect(countOf(1)).toBeGreaterThan(80)
    expect(countOf(2)).toBeGreaterThan(15)
    expect(countOf(3)).toBeGreaterThan(3)
    expect(countOf(1) + countOf(2) + countOf(3)).toBe(200)
  })
})

describe('sealEpoch', () => {
  it('is a text of one length that hides the epoch', async () => {
    const sealed = await Promise.all(
      [0, 1, 2, 1_000_000].map((epoch) => decoys.sealEpoch(userId('admin'), epoch)),
    )
    expect(sealed.map((text) => text.length)).toEqual([43, 43, 43, 43])
    expect(new Set(sealed).size).toBe(4)
  })

  it('stays the same for one user and epoch, and differs by user', async () => {
    const [once, again, other] = await Promise.all([
      decoys.sealEpoch(userId('admin'), 3),
      decoys.sealEpoch(userId('admin'), 3),
      decoys.sealEpoch(userId('other'), 3),
    ])
    expect(again).toBe(once)
    expect(other).not.toBe(once)
  })

  it('never equals the credential id of the same texts', async () => {
    const id = await idOf('a', '0')
    expect(await decoys.sealEpoch('a', 0)).not.toBe(id)
  })
})
