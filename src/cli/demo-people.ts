/**
 * Who is in the demo (DESIGN section 8). Data only.
 */
import type { TokenKind } from '../core/principal.ts'
import type { KeyAlgorithm, UserKind } from '../core/user.ts'

/** The two demo organizations by name; together with `is_demo` the name finds them again. */
export const DEMO_ORGANIZATIONS = { home: 'Demo', foreign: 'Foreign demo' } as const

/** Which demo organization. */
export type DemoOrganizationKey = keyof typeof DEMO_ORGANIZATIONS

/** One demo user as it is seeded. */
export interface DemoPerson {
  readonly organization: DemoOrganizationKey
  /** Username, too. */
  readonly email: string
  readonly firstName: string
  readonly lastName: string
  readonly kind: UserKind
  readonly isServiceAccount: boolean
  /** Holds the administrator role. */
  readonly isAdministrator: boolean
  readonly isSuperuser: boolean
  readonly isActive: boolean
}

/** One bearer of the demo: a person, its token and its key. */
export interface DemoActor {
  readonly person: string
  readonly tokenKind: TokenKind
  readonly algorithm: KeyAlgorithm
}

const ACTIVE_EMPLOYEE = {
  organization: 'home',
  kind: 'CustomerEmployee',
  isServiceAccount: false,
  isAdministrator: false,
  isSuperuser: false,
  isActive: true,
} as const

const INACTIVE_EMPLOYEE = { ...ACTIVE_EMPLOYEE, isActive: false } as const
const SUPERUSER = { ...ACTIVE_EMPLOYEE, isAdministrator: true, isSuperuser: true } as const

function person(
  email: string,
  firstName: string,
  lastName: string,
  rest: Omit<DemoPerson, 'email' | 'firstName' | 'lastName'>,
): DemoPerson {
  return { email, firstName, lastName, ...rest }
}

/** Users that only get activated and deactivated, by the names they have in `demo.json`. */
export const DEMO_TARGETS: Readonly<Record<string, DemoPerson>> = {
  // The address of Timbu's own sample, so that its curl line runs with only host, id and token changed.
  inactive: person('user@example.com', 'Ina', 'Still', INACTIVE_EMPLOYEE),
  active: person('active@demo.example', 'Ada', 'Brisk', ACTIVE_EMPLOYEE),
  foreign: person('foreign@foreign.example', 'Finn', 'Abroad', {
    ...INACTIVE_EMPLOYEE,
    organization: 'foreign',
  }),
  ...Object.fromEntries(
    Array.from({ length: 10 }, (_, index) => {
      const name = `inactive${index + 1}`
      return [name, person(`${name}@demo.example`, 'Ina', `Still ${index + 1}`, INACTIVE_EMPLOYEE)]
    }),
  ),
}

/** Users that hold tokens, by the names they have in `demo.json`. */
export const DEMO_HOLDERS: Readonly<Record<string, DemoPerson>> = {
  admin: person('admin@demo.example', 'Alma', 'Keys', SUPERUSER),
  secondAdmin: person('second-admin@demo.example', 'Sven', 'Spare', SUPERUSER),
  serviceAccount: person('service-account@demo.example', 'Nightly', 'Sync', {
    ...ACTIVE_EMPLOYEE,
    isServiceAccount: true,
    isAdministrator: true,
  }),
  endUser: person('end-user@demo.example', 'Eno', 'Guest', { ...ACTIVE_EMPLOYEE, kind: 'EndUser' }),
  employee: person('employee@demo.example', 'Emil', 'Plain', ACTIVE_EMPLOYEE),
  foreignAdmin: person('foreign-admin@foreign.example', 'Frida', 'Abroad', {
    ...SUPERUSER,
    organization: 'foreign',
  }),
}

/** Everyone of the demo. No name is in both lists. */
export const DEMO_PEOPLE: Readonly<Record<string, DemoPerson>> = {
  ...DEMO_HOLDERS,
  ...DEMO_TARGETS,
}

/** The bearers; between them they try every key type of rule K1. */
export const DEMO_ACTORS: Readonly<Record<string, DemoActor>> = {
  admin: { person: 'admin', tokenKind: 'user', algorithm: 'Ed25519' },
  serviceAccount: {
    person: 'serviceAccount',
    tokenKind: 'service_account',
    algorithm: 'P-256',
  },
  personalAccessToken: {
    person: 'admin',
    tokenKind: 'personal_access_token',
    algorithm: 'Ed25519',
  },
  endUser: { person: 'endUser', tokenKind: 'user', algorithm: 'RSA' },
  employee: { person: 'employee', tokenKind: 'user', algorithm: 'secp256k1' },
  foreignAdmin: { person: 'foreignAdmin', tokenKind: 'user', algorithm: 'Ed25519' },
  secondAdmin: { person: 'secondAdmin', tokenKind: 'user', algorithm: 'P-384' },
}
