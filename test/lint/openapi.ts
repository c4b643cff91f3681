/**
 * Both linters over the committed OpenAPI document: no error and no warning but the exceptions of spectral.yaml and
 * redocly.yaml, each of which must hide something. Then over a copy with planted faults, each of which they must find:
 * a lint that cannot fail says nothing.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const HERE = import.meta.dirname
const DOCUMENT = path.join(HERE, '..', 'openapi', 'openapi.json')

// Changed at will and written down again: whatever JSON it is.
type Json = { [name: string]: Json }

/** Nothing is sent anywhere: no usage, no question whether there is a newer release. */
const ENVIRONMENT = {
  ...process.env,
  REDOCLY_TELEMETRY: 'off',
  REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
  SCARF_ANALYTICS: 'false',
  DO_NOT_TRACK: '1',
}

/** Each linter by its command; both exit with 0 only if they found nothing at all. */
const LINTERS = {
  spectral: {
    command: (file: string, rules: string) => [
      ...['spectral', 'lint', file, '--ruleset', rules],
      ...['--fail-severity', 'hint'],
    ],
    rules: path.join(HERE, 'spectral.yaml'),
    exceptionsBegin: '\noverrides:\n',
  },
  redocly: {
    command: (file: string, rules: string) => ['redocly', 'lint', file, '--config', rules],
    rules: path.join(HERE, 'redocly.yaml'),
    exceptionsBegin: '\nrules:\n',
  },
}

type Linter = keyof typeof LINTERS

/** Runs a linter by this very Node, for the tools name another. */
function lint(linter: Linter, file: string, rules = LINTERS[linter].rules, format = 'stylish') {
  const [name = '', ...options] = LINTERS[linter].command(file, rules)
  const program = path.join(HERE, 'node_modules', '.bin', name)
  const call = [program, ...options, '--format', format]
  const { status, stdout, stderr } = spawnSync(process.execPath, call, {
    cwd: HERE,
    encoding: 'utf8',
    env: ENVIRONMENT,
    maxBuffer: 2 ** 26,
  })
  return { isClean: status === 0, stdout, said: `${stdout}\n${stderr}` }
}

const operationOf = (document: Json, place: string, method: string): Json =>
  document['paths']?.[place]?.[method] as Json

/** What is put wrong in the copy, by the rule that has to name it; the exceptions must not hide any. */
const FAULTS: Readonly<Record<Linter, Readonly<Record<string, (document: Json) => void>>>> = {
  spectral: {
    'oas3-valid-media-example': (document) => {
      const body = operationOf(document, '/auth/users', 'post')['requestBody'] as Json
      body['content']!['application/json']!['example']!['kind'] = 'Robot' as unknown as Json
    },
    'owasp:api2:2023-write-restricted': (document) => {
      operationOf(document, '/v1/users', 'post')['security'] = [] as unknown as Json
    },
    'owasp:api4:2023-rate-limit': (document) => {
      const { responses } = operationOf(document, '/users/me', 'get') as { responses: Json }
      delete (responses['200']?.['headers'] as Json)['RateLimit-Policy']
    },
    'owasp:api4:2023-string-limit': (document) => {
      const schemas = document['components']?.['schemas'] as Json
      delete (schemas['LoginChallengeBody']?.['properties']?.['orgId'] as Json)['maxLength']
    },
    'owasp:api4:2023-integer-limit': (document) => {
      const schemas = document['components']?.['schemas'] as Json
      delete (schemas['Pagination']?.['properties']?.['total'] as Json)['maximum']
    },
    'owasp:api8:2023-define-error-responses-401': (document) => {
      delete (operationOf(document, '/auth/users', 'get')['responses'] as Json)['401']
    },
    'owasp:api8:2023-no-server-http': (document) => {
      document['servers'] = [
        { url: 'http://activate.example', description: 'Production.', 'x-internal': false },
      ] as unknown as Json
    },
  },
  redocly: {
    'no-unused-components': (document) => {
      const schemas = document['components']?.['schemas'] as Json
      schemas['Forgotten'] = { type: 'object' } as unknown as Json
    },
    'operation-operationId': (document) => {
      delete operationOf(document, '/auth/users', 'get')['operationId']
    },
    'security-defined': (document) => {
      operationOf(document, '/auth/users', 'get')['security'] = [{ nobody: [] }] as unknown as Json
    },
  },
}

/** Lists the planted faults that a linter passes over. */
function findBlindSpots(linter: Linter, folder: string): string[] {
  const document = JSON.parse(readFileSync(DOCUMENT, 'utf8')) as Json
  for (const plant of Object.values(FAULTS[linter])) plant(document)
  // Under its own name, for the exceptions are of files by name.
  const file = path.join(folder, 'openapi.json')
  writeFileSync(file, JSON.stringify(document, null, 2))
  const { isClean, said } = lint(linter, file)
  const rules = Object.keys(FAULTS[linter])
  return isClean ? rules : rules.filter((rule) => !said.includes(rule))
}

/** What Spectral says of one place. */
interface Finding {
  readonly code: string
  readonly path: readonly (string | number)[]
}

/** Spells a place as an exception does, as a JSON pointer (RFC 6901 section 3). */
const pointerOf = ({ path: names }: Finding) =>
  names.map((name) => `/${String(name).replace(/~/g, '~0').replace(/\//g, '~1')}`).join('')

/** Lists the exceptions without which a linter would say nothing more. */
function findIdleExceptions(linter: Linter, folder: string): string[] {
  const { rules, exceptionsBegin } = LINTERS[linter]
  const [kept = '', exceptions = ''] = readFileSync(rules, 'utf8').split(exceptionsBegin)
  const bare = path.join(folder, path.basename(rules))
  writeFileSync(bare, `${kept}\n`)
  const { stdout } = lint(linter, DOCUMENT, bare, 'json')
  if (linter === 'redocly') {
    const off = [...exceptions.matchAll(/^ {2}([\w-]+): off$/gm)].map(([, rule = '']) => rule)
    return off.filter((rule) => !stdout.includes(rule))
  }
  const findings = JSON.parse(stdout) as Finding[]
  const isHidden = (rule: string, place: string) =>
    findings.some(
      (finding) => finding.code === rule && `${pointerOf(finding)}/`.startsWith(`${place}/`),
    )
  const blocks = exceptions.split('- files:').slice(1)
  return blocks.flatMap((block) => {
    const places = [...block.matchAll(/'openapi\.json#(.*)'/g)].map(([, place = '']) => place)
    const off = [...block.matchAll(/'(.*)': 'off'/g)].map(([, rule = '']) => rule)
    return places.flatMap((place) =>
      off
        .filter((rule) => !isHidden(rule, decodeURIComponent(place)))
        .map((rule) => `${rule} at ${place}`),
    )
  })
}

const complain = (text: string) => {
  console.error(text)
  process.exitCode = 1
}

// Beside the rulesets that the copies of the configuration extend.
const folder = mkdtempSync(path.join(HERE, 'node_modules', '.planted-'))
try {
  for (const linter of Object.keys(LINTERS) as Linter[]) {
    const { isClean, said } = lint(linter, DOCUMENT)
    if (!isClean) complain(said)
    const idle = findIdleExceptions(linter, folder)
    if (idle.length > 0) complain(`${linter} has exceptions that hide nothing: ${idle.join(', ')}`)
    const blind = findBlindSpots(linter, folder)
    if (blind.length > 0) {
      complain(`${linter} passes over what is planted for: ${blind.join(', ')}`)
    }
    const planted = Object.keys(FAULTS[linter]).length
    console.log(
      `${linter}: ${isClean ? 'clean' : 'not clean'}, ${planted - blind.length} of ${planted} planted faults found`,
    )
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
