/**
 * The arguments of `npm run bootstrap`. No I/O.
 */
import { isReadableName, splitName, type PersonName } from '../core/person-name.ts'
import { fail, succeed, type Result } from '../core/result.ts'
import { readArguments } from './arguments.ts'
import { parsePlace, PLACE_OPTIONS, type DatabasePlace } from './database-place.ts'
import { DIALECT_NAMES } from './dialect-names.ts'

/** What the first organization and its first administrator shall be. */
export interface BootstrapOptions extends DatabasePlace {
  readonly organization: string
  readonly username: string
  /** First and last name of the administrator, split from `--name`; null where it is not given. */
  readonly personName: PersonName
  /** Path of a PEM file. */
  readonly publicKeyFile: string
  readonly dialects: readonly string[]
  readonly requireUserAction: boolean
}

const MAX_NAME_CHARACTERS = 256

/**
 * Parses them. The dialects have no default: which contracts are open to the world is a decision.
 *
 * @returns the options, or a sentence that names what is missing or wrong.
 */
export function parseBootstrapArguments(argv: readonly string[]): Result<BootstrapOptions, string> {
  const options = {
    organization: { type: 'string' },
    username: { type: 'string' },
    name: { type: 'string' },
    'public-key': { type: 'string' },
    dialects: { type: 'string' },
    'require-user-action': { type: 'boolean', default: false },
    ...PLACE_OPTIONS,
  } as const
  const parsed = readArguments({ args: [...argv], options })
  if (!parsed.ok) return parsed
  const { values } = parsed.value
  const { organization = '', username = '', name, dialects: listed } = values
  if (!isName(organization))
    return fail('--organization takes a name of 1-256 printable characters.')
  if (!isName(username)) return fail('--username takes a name of 1-256 printable characters.')
  if (name !== undefined && !isName(name))
    return fail('--name takes a name of 1-256 printable characters.')
  if (!values['public-key']) return fail('--public-key takes the path of a PEM file.')
  const dialects = parseDialects(listed ?? '')
  if (dialects === null) return fail(`--dialects takes a list of ${DIALECT_NAMES.join(', ')}.`)
  const place = parsePlace(values)
  if (!place.ok) return place
  return succeed({
    organization,
    username,
    personName: splitName(name ?? ''),
    publicKeyFile: values['public-key'],
    dialects,
    requireUserAction: values['require-user-action'],
    ...place.value,
  })
}

/** A name: not empty, no blank at its ends, and it reads the same everywhere. */
const isName = (text: string): boolean =>
  text.length > 0 &&
  text.length <= MAX_NAME_CHARACTERS &&
  text.trim() === text &&
  isReadableName(text)

function parseDialects(listed: string): string[] | null {
  const names = listed.split(',')
  const dialects = DIALECT_NAMES.filter((name) => names.includes(name))
  // Unknown, empty and repeated names all make the lists differ in length.
  return dialects.length === names.length ? dialects : null
}
