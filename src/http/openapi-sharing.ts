/**
 * A response that all operations of a dialect have in the same words is written once, and named by reference: half of
 * the document would be repetition.
 */
import type { Operation } from './operation.ts'

/** As much of a document as is changed. */
interface Shareable {
  paths?: Record<string, object>
  components?: { responses?: Record<string, unknown> }
}

/** Moves what all operations of a part answer alike to the components, in place; of one operation nothing is shared. */
export function shareResponses<D extends object>(
  document: D,
  parts: readonly { readonly name: string; readonly operations: readonly Operation[] }[],
): D {
  const { paths = {}, components = {} } = document as Shareable
  for (const { name, operations } of parts) {
    const all = operations.map(({ path, method }) => {
      const page = paths[path] as Record<string, { responses: Record<string, unknown> }>
      return page[method]?.responses ?? {}
    })
    for (const status of Object.keys(all[0] ?? {})) {
      const [response] = all.map((responses) => responses[status])
      const texts = new Set(all.map((responses) => JSON.stringify(responses[status])))
      if (all.length < 2 || texts.size > 1) continue
      const shared = `${name}_${status}`
      components.responses = { ...components.responses, [shared]: response }
      for (const responses of all) {
        responses[status] = { $ref: `#/components/responses/${shared}` }
      }
    }
  }
  return { ...document, components }
}
