/**
 * Puts one mutant into the source while the tests load it, named by the environment variable MUTANT: its place in the
 * list. Nothing is written.
 */
import { MUTANTS } from './mutants.ts'

/** Makes the plugins of a test project: none without a mutant. */
export function mutantPlugins() {
  const mutant = MUTANTS[Number(process.env['MUTANT'] ?? Number.NaN)]
  if (!mutant) return []
  const { file, find, replace } = mutant
  return [
    {
      name: 'mutant',
      enforce: 'pre' as const,
      transform: (code: string, id: string) =>
        id.split('?')[0]?.endsWith(`/${file}`) ? code.replace(find, () => replace) : undefined,
    },
  ]
}
