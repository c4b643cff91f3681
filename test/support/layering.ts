/**
 * Who may import whom: the table of DESIGN section 5, and a checker that gets files as texts, so that it can be shown
 * files that break it. No I/O.
 */
import { posix } from 'node:path'

/** A file of the source, its path relative to `src/`. */
export interface SourceFile {
  readonly file: string
  readonly source: string
}

/** Packages and folders that the wire plumbing and the dialects share. */
const WIRE = ['core/', 'http/', 'hono', 'hono/', '@hono/zod-openapi', 'zod']

/** What a dialect may import besides itself. */
const DIALECT = [...WIRE, 'auth/', 'dialects/dialect.ts']

/** By folder or file; an entry that ends in `/` or `:` stands for everything below it. */
const TABLE: Readonly<Record<string, readonly string[]>> = {
  'core/': ['core/'],
  'auth/': ['auth/', 'core/', 'jose', '@noble/curves/', 'cborg'],
  'store/': ['store/', 'core/', 'drizzle-orm', 'drizzle-orm/'],
  'store/drizzle.config.ts': ['drizzle-kit'],
  // One module of the platform: whatever is done for a request is counted for it.
  'http/usage.ts': [...WIRE, 'node:async_hooks'],
  'http/': WIRE,
  'dialects/dialect.ts': DIALECT,
  'app.ts': [...WIRE, 'auth/', 'store/', 'dialects/', 'env.ts'],
  'index.ts': ['app.ts'],
  'env.ts': ['core/', 'zod'],
  'client/': ['client/'],
  // env.ts: what is deployed is checked as the Worker will check it, and not a second time in other words.
  'cli/': ['cli/', 'core/', 'auth/', 'env.ts', 'store/schema.ts', 'node:', 'wrangler'],
}

/** Every way to name another module: import, re-export, type of an import, dynamic import, require. */
const SPECIFIER = /\b(?:from\s*(?=['"])|import\s*\(?\s*|require\s*\(\s*)(['"`])([^'"`]+)\1/g

/** A module whose name is made at run time could be any. */
const COMPUTED = /\b(?:import|require)\s*\(\s*[^'"`\s]|\b(?:import|require)\s*\(\s*`[^`]*\$\{/

/**
 * Finds everything that breaks the table.
 *
 * @returns one sentence a fault, with the file and the rule; none when the table holds.
 */
export const findLayeringFaults = (files: readonly SourceFile[]): string[] =>
  files.flatMap(faultsOf)

function faultsOf({ file, source }: SourceFile): string[] {
  const rule = ruleOf(file)
  if (!rule) return [`${file} lies outside of the folders of the table`]
  const faults = [...source.matchAll(SPECIFIER)]
    .map(([, , specifier = '']) => specifier)
    .filter((specifier) => !isAllowed(rule.may, file, specifier))
    .map(
      (specifier) =>
        `${file} imports ${specifier}, but ${rule.from} may import ${rule.may.join(' ')}`,
    )
  return COMPUTED.test(source) ? [...faults, `${file} imports a computed name`] : faults
}

/** The row of a file: its own, its dialect's or its folder's. */
function ruleOf(file: string): { from: string; may: readonly string[] } | null {
  const own = TABLE[file]
  if (own) return { from: file, may: own }
  const [, dialect] = /^(dialects\/[a-z]+\/)[a-z-]+\.ts$/.exec(file) ?? []
  if (dialect) return { from: dialect, may: [dialect, ...DIALECT] }
  const folder = `${file.split('/')[0] ?? ''}/`
  const may = TABLE[folder]
  return may && file.startsWith(folder) ? { from: folder, may } : null
}

function isAllowed(may: readonly string[], file: string, specifier: string): boolean {
  const isRelative = specifier.startsWith('.')
  const target = isRelative ? posix.join(posix.dirname(file), specifier) : specifier
  // A relative path that climbs out of src/ matches no row, for every row begins with a name.
  return may.some((entry) => {
    const isFolder = entry.endsWith('.ts') || isSourceFolder(entry)
    if (isFolder !== isRelative) return false
    return /[/:]$/.test(entry) ? target.startsWith(entry) : target === entry
  })
}

/** Folders of the source, told from packages with a path of their own. */
const isSourceFolder = (entry: string): boolean =>
  entry.endsWith('/') && (entry in TABLE || entry.startsWith('dialects/'))
