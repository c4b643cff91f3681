/**
 * The document's examples are what the seeded service was sent and answered: a change of the wire turns this red, and
 * the red test says how to write them anew.
 */
import path from 'node:path'
import { format, resolveConfig } from 'prettier'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { createKeySigner } from './support/client.ts'
import { createKeyStore } from './support/key-store.ts'
import { recordExamples, type RecordedExample } from './support/record-examples.ts'
import { createStandIns } from './support/stand-ins.ts'

const demo = inject('demo')
// No other test changes anybody of the second organization, so that its lists are the same in every run.
const admin = demo.actors['foreignAdmin'] ?? expect.unreachable()

/** Stands in the message of the failure; the document shows the examples, and has its snapshot. */
const HINT =
  '`npm run test:e2e -- test/e2e/openapi-examples.test.ts --update`, then the same of the document, if it is on purpose'

/** Lists the operations of a document, in its order. */
async function readOperationIds(name: string): Promise<string[]> {
  const response = await fetch(`${demo.baseUrl}/openapi/${name}.json`)
  const { paths } = (await response.json()) as {
    paths: Record<string, Record<string, { operationId: string }>>
  }
  return Object.values(paths).flatMap((page) =>
    Object.values(page).map(({ operationId }) => operationId),
  )
}

let examples: Readonly<Record<string, RecordedExample>>

beforeAll(async () => {
  const recorded = await recordExamples(
    (path, init) => fetch(`${demo.baseUrl}${path}`, init),
    { token: admin.token, signer: createKeySigner(admin) },
    () => createKeyStore('Ed25519'),
  )
  examples = createStandIns()(recorded) as typeof examples
})

describe.each(['dfns', 'timbu', 'rinne'])('the examples of %s', (name) => {
  it('are what every operation was sent and answered', async () => {
    const ids = await readOperationIds(name)
    expect(ids.filter((id) => !(id in examples))).toEqual([])
    const file = path.join(import.meta.dirname, `../../src/dialects/${name}/examples.json`)
    const text = JSON.stringify(Object.fromEntries(ids.map((id) => [id, examples[id]])))
    const options = {
      ...(await resolveConfig(file)),
      parser: 'json',
      objectWrap: 'collapse',
    } as const
    await expect(await format(text, options)).toMatchFileSnapshot(file, HINT)
  })
})
