/**
 * Every change of the wire is a change of a file that somebody reads; the red test says how to write it anew.
 */
import { exports } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { DIALECTS } from '../../src/app.ts'
import type { Services } from '../../src/dialects/dialect.ts'
import { reasonsOf } from '../../src/http/openapi-refusals.ts'
import { faultsOfValue, type Document } from '../support/declared-answer.ts'
import { withWorker } from '../support/idempotency.ts'

/** As an operator would have it, under a name that nobody has (RFC 2606). */
const PUBLIC_ORIGIN = 'https://activate.example'

/** Stands in the message of the failure. */
const HINT =
  '`npm run test:workers -- test/conformance/openapi-snapshot.test.ts --update` if it is on purpose'

interface Reference {
  readonly $ref: string
}

/** A body of the document, with what it shows. */
interface Content {
  readonly schema: object
  readonly example?: unknown
  readonly examples?: Readonly<Record<string, Reference>>
}

interface Response {
  readonly content?: { readonly 'application/json': Content }
  readonly headers?: Readonly<Record<string, Reference>>
}

interface Operation {
  readonly operationId: string
  readonly requestBody?: Required<Pick<Response, 'content'>>
  readonly responses: Readonly<Record<string, Response | Reference>>
}

/** As much of the document as is asked here. */
interface FullDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: Document['components'] & {
    readonly examples: Record<string, { summary: string; description: string; value: unknown }>
    readonly headers: Record<string, object>
  }
}

const load = async (name = ''): Promise<FullDocument> => {
  const response = await exports.default.fetch(`http://localhost:8787/openapi${name}.json`)
  return response.json()
}

const nameOf = ({ $ref }: Reference) => $ref.split('/').at(-1) ?? ''

/** Lists the responses of an operation by status, with those that are shared in their places. */
const responsesOf = ({ components }: FullDocument, { responses }: Operation) =>
  Object.entries(responses).map(([status, response]) => {
    const found = '$ref' in response ? components.responses?.[nameOf(response)] : response
    return { status: Number(status), response: found as Response }
  })

const operationsIn = ({ paths }: FullDocument) => Object.values(paths).flatMap(Object.values)

describe('/openapi.json', () => {
  it('says what its snapshot says', async () => {
    const bindings = { PUBLIC_ORIGIN, ISSUER: PUBLIC_ORIGIN } as unknown as Partial<Env>
    await withWorker({ bindings }, async () => {
      const response = await exports.default.fetch(`${PUBLIC_ORIGIN}/openapi.json`)
      expect(response.status).toBe(200)
      const text = JSON.stringify(await response.json(), null, 2)
      await expect(`${text}\n`).toMatchFileSnapshot('../openapi/openapi.json', HINT)
    })
  })

  it('shows of every operation what it is sent and what it answers, each by its own schema', async () => {
    const document = await load()
    const contents = (operationsIn(document) as Operation[]).flatMap((operation) => {
      const { requestBody, operationId } = operation
      const answers = responsesOf(document, operation).filter(({ status }) => status < 300)
      return [
        ...(requestBody ? [requestBody] : []),
        ...answers.map(({ response }) => response),
      ].map(({ content }) => ({ operationId, content: content?.['application/json'] }))
    })
    // Thirty answers, and the bodies of those that take one.
    expect(contents.length).toBeGreaterThan(40)
    const faults = contents.flatMap(({ operationId, content }) => {
      const { schema, example } = content ?? { schema: {} }
      if (example === undefined) return [`${operationId} shows nothing`]
      return faultsOfValue({ ...schema }, document.components, example).map(
        (fault) => `${operationId} ${fault}`,
      )
    })
    expect(faults).toEqual([])
  })

  it('shows every refusal under the name of its reason, by the schema of its response', async () => {
    const document = await load()
    const { components } = document
    const shown = new Set<string>()
    for (const operation of operationsIn(document) as Operation[]) {
      for (const { status, response } of responsesOf(document, operation)) {
        const { schema = {}, examples = {} } = response.content?.['application/json'] ?? {}
        if (status >= 400 && response.content) expect(Object.keys(examples)).not.toEqual([])
        for (const [reason, reference] of Object.entries(examples)) {
          const name = nameOf(reference)
          expect(name).toMatch(new RegExp(`^(dfns|timbu|rinne)_${reason}$`))
          const example = components.examples[name]
          const sentence = expect.stringMatching(/\.$/) as string
          expect(example).toMatchObject({ summary: sentence, description: sentence })
          expect(faultsOfValue({ ...schema }, components, example?.value)).toEqual([])
          shown.add(name)
        }
      }
    }
    expect([...shown].sort()).toEqual(Object.keys(components.examples).sort())
  })

  it.each(DIALECTS.map(({ name, createOperations }) => ({ name, createOperations })))(
    'names every reason that an operation of $name can be refused for, and no other',
    async ({ name, createOperations }) => {
      const document = await load(`/${name}`)
      const named = Object.fromEntries(
        (operationsIn(document) as Operation[]).map((operation) => [
          operation.operationId,
          responsesOf(document, operation)
            .flatMap(({ response }) => {
              return Object.keys(response.content?.['application/json'].examples ?? {})
            })
            .sort(),
        ]),
      )
      const declared = createOperations({} as Services).map((operation) => [
        operation.id,
        // Rinne's 429 has no body that could be shown.
        [...reasonsOf(operation)]
          .filter((reason) => name !== 'rinne' || reason !== 'rate_limited')
          .sort(),
      ])
      expect(named).toEqual(Object.fromEntries(declared))
    },
  )
})
