/**
 * Who may do what: one row an operation, one column a caller. The test of authorisation holds the service against it.
 */
import { newId } from '../../src/auth/random.ts'
import type { TokenKind } from '../../src/core/principal.ts'
import type { Given } from './refusals.ts'
import { ALL_DFNS, ALL_RINNE } from './world.ts'

/**
 * A cell is the status that the caller gets with everything else in order, and for a refusal what it is refused for:
 * `t` its token, `p` its kind or a power that it lacks, `o` a dialect that its organization has off, `n` a target that
 * it cannot see, `l` a login or a code of nobody, `d` a login of somebody deactivated.
 *
 * Whoever is alive may log out, sign, ask for itself and see to its credentials: logging out and signing serve all
 * dialects, and are not off with Dfns. A login asks for the caller's key and looks at no token; that of a personal
 * access token logs nobody in. A registration begins with the caller's code, whatever its token, and no access token
 * ends one.
 */
const TABLE = `
                                 anon bad  dead arch forn endu pat  svc  none dAct dRea dAll rEdi rRea r*.* supe off  admi
PUT /auth/users/{id}/activate    401t 401t 401t 401t 404n 403p 403p 200  403p 200  403p 200  403p 403p 403p 403p 403o 200
PUT /auth/users/{id}/deactivate  401t 401t 401t 401t 404n 403p 403p 200  403p 403p 403p 200  403p 403p 403p 403p 403o 200
GET /auth/users                  401t 401t 401t 401t 200  403p 200  200  403p 403p 200  200  403p 403p 403p 403p 403o 200
POST /auth/users                 401t 401t 401t 401t 200  403p 403p 200  403p 403p 403p 200  403p 403p 403p 403p 403o 200
GET /auth/users/{id}             401t 401t 401t 401t 404n 403p 200  200  403p 403p 200  200  403p 403p 403p 403p 403o 200
PUT /auth/users/{id}             401t 401t 401t 401t 404n 403p 403p 200  403p 403p 403p 200  403p 403p 403p 403p 403o 200
DELETE /auth/users/{id}          401t 401t 401t 401t 404n 403p 403p 200  403p 403p 403p 200  403p 403p 403p 403p 403o 200
POST /auth/login/init            200  200  200  200  200  200  200  200  200  200  200  200  200  200  200  200  200  200
POST /auth/login                 401l 200  400d 401l 200  200  401l 200  200  200  200  200  200  200  200  200  403o 200
PUT /auth/logout                 401t 401t 401t 401t 200  200  200  200  200  200  200  200  200  200  200  200  200  200
POST /auth/action/init           401t 401t 401t 401t 200  200  200  200  200  200  200  200  200  200  200  200  200  200
POST /auth/action                401t 401t 401t 401t 200  200  200  200  200  200  200  200  200  200  200  200  200  200
GET /auth/credentials            401t 401t 401t 401t 200  200  200  200  200  200  200  200  200  200  200  200  403o 200
POST /auth/credentials/init      401t 401t 401t 401t 200  200  403p 200  200  200  200  200  200  200  200  200  403o 200
POST /auth/credentials           401t 401t 401t 401t 200  200  403p 200  200  200  200  200  200  200  200  200  403o 200
PUT /auth/credentials/activate   401t 401t 401t 401t 200  200  403p 200  200  200  200  200  200  200  200  200  403o 200
PUT /auth/credentials/deactivate 401t 401t 401t 401t 200  200  403p 200  200  200  200  200  200  200  200  200  403o 200
POST /auth/registration/init     200  200  401l 401l 200  200  200  200  200  200  200  200  200  200  200  200  403o 200
POST /auth/registration          401t 401t 401t 401t 401t 401t 401t 401t 401t 401t 401t 401t 401t 401t 401t 401t 401t 401t

PUT /users/{id}/activate         403t 403t 403t 403t 404n 403p 403p 200  403p 403p 403p 403p 403p 403p 403p 200  403o 200
PUT /users/{id}/deactivate       403t 403t 403t 403t 404n 403p 403p 200  403p 403p 403p 403p 403p 403p 403p 200  403o 200
GET /users/me                    403t 403t 403t 403t 200  200  200  200  200  200  200  200  200  200  200  200  403o 200
GET /organizations/{id}/users    403t 403t 403t 403t 404n 403p 200  200  403p 403p 403p 403p 403p 403p 403p 200  403o 200

POST /v1/users/{id}/activate     401t 401t 401t 401t 404n 403p 403p 200  403p 403p 403p 403p 200  403p 200  403p 403o 200
POST /v1/users/{id}/suspend      401t 401t 401t 401t 404n 403p 403p 200  403p 403p 403p 403p 200  403p 200  403p 403o 200
GET /v1/users                    401t 401t 401t 401t 200  403p 200  200  403p 403p 403p 403p 403p 200  200  403p 403o 200
POST /v1/users                   401t 401t 401t 401t 201  403p 403p 201  403p 403p 403p 403p 403p 403p 201  403p 403o 201
GET /v1/users/{id}               401t 401t 401t 401t 404n 403p 200  200  403p 403p 403p 403p 403p 200  200  403p 403o 200
GET /v1/roles                    401t 401t 401t 401t 200  403p 200  200  403p 403p 403p 403p 403p 200  200  403p 403o 200
GET /v1/auth/me                  401t 401t 401t 401t 200  200  200  200  200  200  200  200  200  200  200  200  403o 200
`

/** A caller of the table. */
export interface PolicyCaller {
  readonly name: string
  /** What it holds; an administrator's powers where nothing is said. */
  readonly given?: Given
  readonly tokenKind?: TokenKind
  /** What it sends as its token: none, a broken one, or its own. */
  readonly sends?: 'nothing' | 'broken'
  /** What became of its row since its token was issued. */
  readonly fate?: string
  /** Where it is: beside the target, in another organization, or where the dialect of the row is off. */
  readonly place?: 'foreign' | 'off'
}

/** Every power of every dialect at once. */
export const ALL_POWERS: Given = { operations: [...ALL_DFNS, ...ALL_RINNE], isSuperuser: true }

const holding = (name: string, ...operations: string[]) => ({ name, given: { operations } })

const MACHINE: Given = { ...ALL_POWERS, isServiceAccount: true }

/** The callers by the heads of their columns. */
export const CALLERS: Readonly<Record<string, PolicyCaller>> = {
  anon: { name: 'nobody', sends: 'nothing' },
  bad: { name: 'an administrator whose token is broken', sends: 'broken' },
  dead: { name: 'a deactivated one', fate: 'suspended_at = 1, token_epoch = token_epoch + 1' },
  arch: { name: 'an archived one', fate: 'suspended_at = 1, archived_at = 1' },
  forn: { name: 'an administrator of another organization', place: 'foreign' },
  endu: { name: 'an end user with all powers', given: { ...ALL_POWERS, kind: 'EndUser' } },
  pat: { name: "an administrator's personal access token", tokenKind: 'personal_access_token' },
  svc: { name: 'a service account with all powers', given: MACHINE, tokenKind: 'service_account' },
  none: holding('an employee without a role'),
  dAct: holding('an employee who may activate in Dfns', 'Auth:Users:Activate'),
  dRea: holding('an employee who may read in Dfns', 'Auth:Users:Read'),
  dAll: holding('an employee with all operations of Dfns', ...ALL_DFNS),
  rEdi: holding('an employee who may edit in Rinne', 'user.edit'),
  rRea: holding('an employee who may read in Rinne', 'user.read', 'role.read'),
  'r*.*': holding('an employee with all permissions of Rinne', '*.*'),
  supe: { name: 'a superuser of Timbu without a role', given: { isSuperuser: true } },
  off: { name: 'an administrator whose organization has the dialect off', place: 'off' },
  admi: { name: 'an administrator' },
}

/** A row of the table, its cells by the heads of the columns. */
export interface PolicyRow {
  readonly method: string
  /** Path without the names of its parameters. */
  readonly path: string
  readonly cells: Readonly<Record<string, string>>
}

const [heads = [], ...lines] = TABLE.split('\n')
  .filter((line) => line !== '')
  .map((line) => line.trim().split(/ +/))

/** The rows. */
export const POLICY: readonly PolicyRow[] = lines.map(([method = '', path = '', ...cells]) => ({
  method,
  path,
  cells: Object.fromEntries(heads.map((head, at) => [head, cells[at] ?? ''])),
}))

/** Spells a path as the table does. */
export const withoutNames = (path: string): string => path.replace(/\{\w+\}/g, '{id}')

/** Ids that can be no user's; each is not found as an unknown one is. */
export const MALFORMED_IDS: readonly string[] = [
  ...['user123', '__proto__', 'constructor', 'x'.repeat(64), crypto.randomUUID()],
  ...[newId('user').toUpperCase(), newId('user').slice(0, -3), `${newId('user')}-x`],
  newId('organization'),
]
