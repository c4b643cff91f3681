/**
 * Reasons -> the responses and examples of the document, by the form that answers: status, body and headers of a
 * refusal are declared by nothing but what writes them.
 */
import type { Reason } from '../core/refusal.ts'
import { headersOfStatus, type HeaderPages } from './openapi-headers.ts'
import type { Operation } from './operation.ts'
import type { RefusalForm } from './refusal-form.ts'
import { helpFor, OUTSIDE_OPERATIONS } from './refusal-help.ts'
import { SAMPLE_CONTEXT, sampleRefusals } from './refusal-samples.ts'

/** Reasons for which any request to any operation can be refused. */
const EVERYWHERE: readonly Reason[] = [
  'body_malformed',
  'input_invalid',
  'body_too_large',
  'url_too_long',
  'media_type_unsupported',
  'headers_too_large',
  'user_action_invalid',
  'rate_limited',
  'internal',
  'unavailable',
]

/** Operations that refuse in one form. */
interface Refusing {
  /** Begins the names of its examples. */
  readonly name: string
  readonly form: RefusalForm
  /** What a caller lacks in the examples: an operation or permission, as the dialect spells it. */
  readonly power?: string
}

/** A refusal as the document shows it: the reason's cause and cure, and the very body. */
export interface RefusalExample {
  readonly summary: string
  readonly description: string
  readonly value: unknown
}

/** Lists every reason that an operation can refuse for, each once. */
export const reasonsOf = ({ reasons }: Pick<Operation, 'reasons'>): readonly Reason[] => [
  ...new Set([...reasons, ...EVERYWHERE]),
]

const nameOf = ({ name }: Refusing, reason: Reason) => `${name}_${reason}`

/** Writes an example of every reason that the operations refuse for, but of those without a body. */
export function writeRefusalExamples(
  refusing: Refusing & { readonly operations: readonly Operation[] },
): Record<string, RefusalExample> {
  const samples = sampleRefusals(refusing.power ?? refusing.name)
  const examples: Record<string, RefusalExample> = {}
  for (const reason of refusing.operations.flatMap(reasonsOf)) {
    const { body } = refusing.form.write(samples[reason], SAMPLE_CONTEXT)
    const { cause: summary, cure: description } = helpFor(reason)
    if (body !== undefined) {
      examples[nameOf(refusing, reason)] = { summary, description, value: body }
    }
  }
  return examples
}

/** Describes one response a status, with all the reasons that lead to it; its headers still by their pages. */
export function describeRefusals(reasons: readonly Reason[], refusing: Refusing) {
  const { form } = refusing
  const rows = reasons.map((reason) => ({ reason, ...form.describe(reason) }))
  return [...Map.groupBy(rows, ({ status }) => status)].map(([status, same]) => {
    const schema = form.schemaOf(status)
    const headers: HeaderPages = { ...headersOfStatus(status), ...form.describeHeaders?.(status) }
    const examples = Object.fromEntries(
      same.map(({ reason }) => {
        return [reason, { $ref: `#/components/examples/${nameOf(refusing, reason)}` }]
      }),
    )
    // Without a body there is no example that could say it.
    const words = schema ? [] : same.map(({ reason }) => sentencesOf(reason))
    const description = [...new Set(same.map((row) => row.description))].join('; ')
    return {
      status,
      headers,
      description: [description, ...words].join('. '),
      ...(schema ? { content: { 'application/json': { schema, examples } } } : {}),
    }
  })
}

/** Tells in Markdown of what is refused before there is an operation that could declare it. */
export const describeOutside = (forms: readonly RefusalForm[]): string =>
  OUTSIDE_OPERATIONS.map((reason) => {
    const statuses = [...new Set(forms.map((form) => form.describe(reason).status))]
    return `- \`${reason}\` (${statuses.join(', ')}): ${sentencesOf(reason)}`
  }).join('\n')

const sentencesOf = (reason: Reason): string => {
  const { cause, cure } = helpFor(reason)
  return `${cause} ${cure}`
}
