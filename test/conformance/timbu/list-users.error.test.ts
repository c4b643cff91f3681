/**
 * `GET /organizations/{organization_id}/users`: queries and organizations that it does not take.
 */
import { describe, it } from 'vitest'
import { newId } from '../../../src/auth/random.ts'
import { callWithoutTrace, setScene } from '../../support/refusals.ts'
import { expectAnswer, expectDetail, expectFaults, SAMPLES, type Fault } from './answers.ts'
import { LIST } from './routes.ts'

const limitOf = (word: string, limit: number, name: string) =>
  [`ensure this value is ${word} than or equal to ${limit}`, `value_error.number.${name}`] as const

const INTEGER = ['value is not a valid integer', 'type_error.integer'] as const
const TWICE = ['is given more than once', 'value_error'] as const
const LEAST = limitOf('greater', 1, 'not_ge')

const NO_INTEGERS = ['x', '', '%20', '1.5', '1e2', '0x10', 'NaN', '--1', '1%202']

const ROWS: readonly { query: string; faults: readonly Fault[] }[] = [
  ...['page', 'size'].flatMap((name) => {
    const loc = ['query', name]
    return [
      ...NO_INTEGERS.map((value) => ({ query: `${name}=${value}`, faults: [[loc, ...INTEGER]] })),
      ...['0', '-1'].map((value) => ({ query: `${name}=${value}`, faults: [[loc, ...LEAST]] })),
      { query: `${name}=1&${name}=1`, faults: [[loc, ...TWICE]] },
    ] as { query: string; faults: Fault[] }[]
  }),
  { query: 'size=101', faults: [[['query', 'size'], ...limitOf('less', 100, 'not_le')]] },
  { query: 'page=1000001', faults: [[['query', 'page'], ...limitOf('less', 1_000_000, 'not_le')]] },
  {
    query: 'size=0&page=x',
    faults: [
      [['query', 'page'], ...INTEGER],
      [['query', 'size'], ...LEAST],
    ],
  },
]

/** Organizations that are not the caller's. */
const ORGANIZATIONS: readonly {
  name: string
  makeId: (own: string) => Promise<string> | string
}[] = [
  { name: 'a foreign one', makeId: async () => (await setScene(LIST)).world.organizationId },
  { name: 'an unknown one', makeId: () => newId('organization') },
  { name: "the caller's own in upper case", makeId: (own) => own.toUpperCase() },
  { name: 'an id of another vendor', makeId: () => 'a'.repeat(32) },
  { name: 'a name that every object inherits', makeId: () => '__proto__' },
]

describe(LIST.name, () => {
  it.each(ROWS)('refuses the query "$query"', async ({ query, faults }) => {
    const { actor, request, world } = await setScene(LIST)
    const sent = { path: `${request.path}?${query}`, token: actor.token }
    expectFaults(await callWithoutTrace([world.organizationId], sent), ...faults)
  })

  it.each(ORGANIZATIONS)(
    'answers 404 for $name, and 403 to whoever may not',
    async ({ makeId }) => {
      const { actor, world } = await setScene(LIST)
      const { token } = await world.addActor()
      const path = `/organizations/${await makeId(world.organizationId)}/users`
      const found = await callWithoutTrace([world.organizationId], { path, token: actor.token })
      expectDetail(found, 404, 'organization not found')
      const refused = await callWithoutTrace([world.organizationId], { path, token })
      expectAnswer(refused, 403, SAMPLES.forbidden)
    },
  )
})
