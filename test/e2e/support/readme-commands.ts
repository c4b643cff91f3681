/**
 * Every command that the README prints, wherever: on lines of their own and within the text and its tables.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'

/** The document, as it is. */
export const README = readFileSync(
  path.join(import.meta.dirname, '..', '..', '..', 'README.md'),
  'utf8',
)

/** Where another issuer's lines stand. */
export const ISSUER_HEADING = 'Add an outside issuer'

/** The fenced blocks of a language, each with the heading that it stands under. */
export const blocksOf = (language: string): { heading: string; block: string }[] =>
  README.split(/^#{2,6} /m).flatMap((section) => {
    const blocks = section.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))
    const heading = section.split('\n')[0] ?? ''
    return [...blocks].map(([, block = '']) => ({ heading, block }))
  })

const COMMAND = /^(?:\(umask|npm|npx|node|openssl) ?/

/** Lines of their own: those that are indented by four blanks, and in lists by eight; without the remark at their end. */
const linesOf = (markdown: string): string[] =>
  [...markdown.matchAll(/^(?: {4}| {8})(\S.*)$/gm)].map(([, line = '']) =>
    line.replace(/ {2,}#.*$/, '').trim(),
  )

/** What stands within the text, in tables too. */
const spansOf = (markdown: string): string[] =>
  [...markdown.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span)

/** The text without its fenced blocks, which other tests run. */
const PROSE = README.replaceAll(/^```\w+\n[^]*?^```$/gm, '')

/** The commands in the order of the document, each once. */
export const COMMANDS: readonly string[] = [
  ...new Set(
    PROSE.split('\n')
      .flatMap((line) => [...linesOf(line), ...spansOf(line)])
      .filter((text) => COMMAND.test(text) && text.includes(' ')),
  ),
]

/** The command without what may be left out. */
export const withoutOptions = (command: string): string => command.replaceAll(/ ?\[[^\]]*\]/g, '')

/** The same with what a reader would fill in. */
export function fillIn(command: string, values: Readonly<Record<string, string>>): string {
  return withoutOptions(command).replaceAll(/<\w+>|\b(?:NAME|FILE|N|X\.Y\.Z)\b/g, (name) => {
    const value = values[name]
    if (value === undefined) throw new Error(`Nobody says what ${name} is in: ${command}`)
    return value
  })
}
