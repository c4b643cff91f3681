/**
 * What a login shows of users that there are not.
 */
import { describe, expect, it } from 'vitest'
import { decodeBase64Url } from '../../../src/auth/base64url.ts'
import { createDecoys } from '../../../src/auth/decoy.ts'
import { createTestKey, createTestRing } from '../../support/jws.ts'
import { ORGANIZATION_ID, userId } from '../../support/sample.ts'

const signer = createTestKey('signer')
const decoys = createDecoys(await createTestRing(signer))
const OTHER_ORGANIZATION = 'or-11111-11111-1111111111111111'

/** The ids of both kinds. */
const allOf = ({ keyIds, passkeyIds }: Awaited<ReturnType<typeof decoys.credentialIds>>) => [
  ...keyIds,
  ...passkeyIds,
]

/** The first id that a name gets. */
const idOf = async (organizationId: string, name: string, by = decoys) =>
  allOf(await by.credentialIds(organizationId, name))[0]

describe('credentialIds', () => {
  it('are as long as usual ids of their kind, in the same spelling', async () => {
    const names = Array.from({ length: 200 }, (_, place) => `nobody-${place}`)
    const all = await Promise.all(names.map((name) => decoys.credentialIds(ORGANIZATION_ID, name)))
    const sizesOf = (ids: readonly string[]) =>
      [...new Set(ids.map((id) => decodeBase64Url(id)?.length))].toSorted((a = 0, b = 0) => a - b)
    expect(sizesOf(all.flatMap(({ keyIds }) => keyIds))).toEqual([32])
    expect(sizesOf(all.flatMap(({ passkeyIds }) => passkeyIds))).toEqual([16, 20, 32, 48, 64])
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
  it('has the same kinds for a name in any case, and no id in both', async () => {
    for (const name of Array.from({ length: 50 }, (_, place) => `nobody-${place}`)) {
      const shown = await decoys.credentialIds(ORGANIZATION_ID, name)
      expect(await decoys.credentialIds(ORGANIZATION_ID, name.toUpperCase())).toEqual(shown)
      expect(shown.keyIds.filter((id) => shown.passkeyIds.includes(id))).toEqual([])
    }
  })

  it('are one to three, all different, and the same ones each time', async () => {
    const names = Array.from({ length: 200 }, (_, index) => `nobody-${index}`)
    const ask = () => Promise.all(names.map((name) => decoys.credentialIds(ORGANIZATION_ID, name)))
    const shown = await ask()
    expect(await ask()).toEqual(shown)
    const lists = shown.map(allOf)
    // Half of all are passkeys; the bounds fail for less than one ring in a million.
    const passkeys = shown.flatMap(({ passkeyIds }) => passkeyIds).length
    expect(Math.abs(passkeys / lists.flat().length - 0.5)).toBeLessThan(0.15)
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
