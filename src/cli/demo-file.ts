/**
 * `.dev/demo.json`: what anybody needs to call the local API at once (DESIGN section 8). Shape, reading and writing.
 */
import { isJsonObject } from '../core/strict-json.ts'
import type { TOKEN_KIND_NAMES } from '../auth/access-token.ts'
import type { UserKind, UserState } from '../core/user.ts'
import type { DemoCredential } from './demo-keys.ts'
import { readOptionalFile, writePrivateFile } from './private-file.ts'
import { readJson } from './read-json.ts'

/** Where it is, from the project's folder; git ignores it. */
export const DEMO_FILE = '.dev/demo.json'

/** A bearer with its key. */
export interface DemoFileActor {
  readonly userId: string
  readonly username: string
  readonly email: string
  readonly kind: UserKind
  readonly tokenKind: (typeof TOKEN_KIND_NAMES)[keyof typeof TOKEN_KIND_NAMES]
  readonly token: string
  /** ISO 8601, UTC. */
  readonly tokenExpiresAt: string
  readonly credential: DemoCredential
}

/** A user to try the switch on. */
export interface DemoFileTarget {
  readonly userId: string
  readonly email: string
  /** As it was when the file was written. */
  readonly state: UserState
}

/** The whole file. */
export interface DemoFile {
  readonly baseUrl: string
  readonly organization: { readonly orgId: string; readonly tenantId: string }
  readonly actors: Readonly<Record<string, DemoFileActor>>
  readonly targets: Readonly<Record<string, DemoFileTarget>>
}

/** Writes the file under mode 0600: it holds private keys. */
export const writeDemoFile = (demo: DemoFile, file = DEMO_FILE): Promise<void> =>
  writePrivateFile(file, `${JSON.stringify(demo, null, 2)}\n`)

/**
 * Reads the file.
 *
 * @returns null when it is missing or not of this shape; the demo then gets new keys.
 */
export async function readDemoFile(file = DEMO_FILE): Promise<DemoFile | null> {
  const text = await readOptionalFile(file)
  if (text === null) return null
  const content = readJson(text)
  return isDemoFile(content) ? content : null
}

function isDemoFile(content: unknown): content is DemoFile {
  if (!isJsonObject(content) || typeof content['baseUrl'] !== 'string') return false
  const { actors, targets, organization } = content
  return (
    hasTexts(organization, ['orgId', 'tenantId']) &&
    isJsonObject(actors) &&
    Object.values(actors).every(isActor) &&
    isJsonObject(targets) &&
    Object.values(targets).every((target) => hasTexts(target, ['userId', 'email', 'state']))
  )
}

const isActor = (actor: unknown): boolean =>
  hasTexts(actor, ['userId', 'username', 'email', 'kind', 'tokenKind', 'token']) &&
  hasTexts(actor['credential'], ['credId', 'algorithm', 'privateKeyPem'])

function hasTexts(value: unknown, names: readonly string[]): value is Record<string, unknown> {
  return isJsonObject(value) && names.every((name) => typeof value[name] === 'string')
}
