/**
 * What STYLE.md asks of a file, as functions of its text, so that they can be shown what breaks it. No I/O.
 */

/** Lines that are nothing but comment. */
const isComment = (line: string): boolean => /^\s*(\/\*|\*\/|\*(\s|$)|\/\/)/.test(line)

/** Lines of a text; what stands behind the last line feed counts only if there is something. */
export const linesOf = (text: string): string[] => text.replace(/\n$/, '').split('\n')

/** The text without its comment lines: what the compiler reads. */
export const codeOf = (text: string): string =>
  linesOf(text)
    .filter((line) => !isComment(line))
    .join('\n')

/** How many of the lines that are not blank are comment, from 0 to 1. */
export function commentShareOf(texts: readonly string[]): number {
  const lines = texts.flatMap(linesOf).filter((line) => line.trim() !== '')
  return lines.filter(isComment).length / lines.length
}

/** The middle of a list of numbers; of two middles the mean. */
export function medianOf(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const [low = 0, high = 0] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]]
  return (low + high) / 2
}

/** Tells whether a file begins with a comment of one to four lines of text. */
export function hasHeader(text: string): boolean {
  const [, header] = /^\/\*\*\n((?: \*(?: [^\n]*)?\n)+) \*\//.exec(text) ?? []
  const lines = header === undefined ? 0 : linesOf(header).length
  return lines >= 1 && lines <= 4
}

/** Lists exports that no comment ends directly above. */
export function undocumentedExportsOf(text: string): string[] {
  const lines = linesOf(text)
  return lines.filter(
    (line, at) => /^export (?!\{|\*|type \{)/.test(line) && !/\*\/$/.test(lines[at - 1] ?? ''),
  )
}

/** What no line of code may be, by the name of the rule. */
const FORBIDDEN: Readonly<Record<string, RegExp>> = {
  any: /[:<|&,(]\s*any\b|\bas any\b|\bany\[\]|=\s*any\s*$/m,
  class: /^\s*(?:export\s+)?(?:default\s+)?(?:abstract\s+)?class\s/m,
  enum: /^\s*(?:export\s+)?(?:const\s+|declare\s+)*enum\s/m,
}

/** Names the forbidden things that the code of a file has. */
export const forbiddenIn = (text: string): string[] =>
  Object.entries(FORBIDDEN)
    .filter(([, pattern]) => pattern.test(codeOf(text)))
    .map(([name]) => name)

/** Tells whether a file leaves work for later, in code or comment. The brackets keep this file out of the findings. */
export const hasPlan = (text: string): boolean => /\b(?:TOD[O]|FIXM[E]|XX[X]|HAC[K])\b/.test(text)

/** Lists texts in quotes that are phrased as a wish: names of tests say what is. */
export const wishesIn = (text: string): string[] =>
  text.match(/(['"`])(?:(?!\1)[^\n])*\bshould\b(?:(?!\1)[^\n])*\1/gi) ?? []

/** Lists places of one machine: its folders, and where it gets its packages. */
export const machinePlacesIn = (text: string): string[] =>
  text.match(
    /(?<![\w.~-])\/(?:work|home\/[\w-]+|Users\/[\w-]+|root)\/[\w.-]*|https?:\/\/[\w.-]*(?:registry|artifactory|nexus|verdaccio)[^\s"'`)]*|"resolve[d]": "http[^"]*/g,
  ) ?? []
