/**
 * What each action is on record: the states it leads from and to, and the requests of each dialect that ask for it.
 * A table of its own, for the command line loads no dialect (a test compares the two).
 */
import type { Action } from '../core/change.ts'
import { isJsonObject, type JsonObject } from '../core/strict-json.ts'
import type { UserState } from '../core/user.ts'
import type { DIALECT_NAMES } from './dialect-names.ts'

/** The states that an action may lead from, and the one it leads to. */
interface Transition {
  readonly from: readonly (UserState | null)[]
  readonly to: UserState | null
}

const NO_TRANSITION: Transition = { from: [null], to: null }

/** The transition of every action; null to null is no change of state (DESIGN section 2). */
export const TRANSITIONS: Readonly<Record<Action, Transition>> = {
  activate: { from: ['inactive'], to: 'active' },
  deactivate: { from: ['active'], to: 'inactive' },
  archive: { from: ['active', 'inactive'], to: 'archived' },
  create: { from: [null], to: 'active' },
  update: NO_TRANSITION,
  register: NO_TRANSITION,
  register_credential: NO_TRANSITION,
  activate_credential: NO_TRANSITION,
  deactivate_credential: NO_TRANSITION,
  refuse_counter: NO_TRANSITION,
}

/** Tells whether a text names an action. */
export const isAction = (text: string): text is Action => Object.hasOwn(TRANSITIONS, text)

type Requests = Readonly<Partial<Record<Action, readonly string[]>>>

/** By dialect and action: method and path as a user action binds them, `{id}` being the target. */
export const REQUESTS: Readonly<Record<(typeof DIALECT_NAMES)[number], Requests>> = {
  dfns: {
    activate: ['PUT /auth/users/{id}/activate'],
    deactivate: ['PUT /auth/users/{id}/deactivate'],
    archive: ['DELETE /auth/users/{id}'],
    create: ['POST /auth/users'],
    update: ['PUT /auth/users/{id}'],
    // By a code, for whoever has no credential yet has nothing to sign with.
    register: [],
    register_credential: ['POST /auth/credentials'],
    activate_credential: ['PUT /auth/credentials/activate'],
    deactivate_credential: ['PUT /auth/credentials/deactivate'],
    // The signature that was refused is there instead.
    refuse_counter: [],
  },
  timbu: {
    activate: ['PUT /users/{id}/activate'],
    deactivate: ['PUT /users/{id}/deactivate'],
  },
  rinne: {
    activate: ['POST /v1/users/{id}/activate', 'POST /core/v1/users/{id}/activate'],
    deactivate: ['POST /v1/users/{id}/suspend', 'POST /core/v1/users/{id}/suspend'],
    create: ['POST /v1/users', 'POST /core/v1/users'],
  },
}

const SWITCHES: readonly Action[] = ['activate_credential', 'deactivate_credential']
const REGISTRATIONS: readonly Action[] = ['register', 'register_credential']

/** Actions that never go without a user action in Dfns. */
const ALWAYS_MEANT: readonly Action[] = [
  ...(['activate', 'deactivate', 'archive', 'create', 'update', 'register_credential'] as const),
  ...SWITCHES,
]

/** Actions that name the credential that they are about by the id that its owner knows. */
const OF_A_CREDENTIAL: readonly Action[] = [...REGISTRATIONS, 'refuse_counter']

/** Tells whether an action must have its credential on record. */
export const mustNameCredential = (action: string): boolean =>
  isAction(action) && OF_A_CREDENTIAL.includes(action)

/** Tells whether an action is done by its target itself: nobody has a hand in the credentials of another. */
export const isOfItself = (action: Action): boolean =>
  mustNameCredential(action) || isSwitch(action)

/** Tells whether an action switches a credential, which it names by our id alone. */
export const isSwitch = (action: string): boolean => isAction(action) && SWITCHES.includes(action)

/** Tells whether a credential that an action has on record is a new one; some users are created with one. */
export const isRegistration = (action: string): boolean =>
  isAction(action) && (action === 'create' || REGISTRATIONS.includes(action))

/**
 * Makes the body that asks for an action.
 *
 * @param credential - what the event's evidence holds of one.
 * @returns null where the record does not tell all of the body.
 */
export function bodyFor(action: string, credential: unknown): JsonObject | null {
  const id = isJsonObject(credential) ? credential['id'] : undefined
  return isSwitch(action) && id !== undefined ? { credentialUuid: id } : null
}

/** Tells whether an action of a dialect must have a user action on record; elsewhere settings decide. */
export const mustBeMeant = (dialect: string, action: Action): boolean =>
  dialect === 'dfns' && ALWAYS_MEANT.includes(action)

/** Finds the requests that ask for an action; null where the dialect has none, or is none. */
export const requestsFor = (dialect: string, action: Action): readonly string[] | null =>
  (REQUESTS as Readonly<Record<string, Requests | undefined>>)[dialect]?.[action] ?? null
