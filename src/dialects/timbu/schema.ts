/**
 * The wire shapes of the Timbu contract, and how the core's user looks in them. Names and types are the contract's
 * and its neighbours' (FACTS 1.2); descriptions are our words.
 */
import { z } from '@hono/zod-openapi'
import { identifiersOf, type User } from '../../core/user.ts'
import { PATH_SEGMENT } from '../../http/path-segment.ts'
import { PAGE_NUMBER } from '../../http/query.ts'
import { booleanBeing, emailAddress } from './pydantic.ts'

/** The path parameter of operations on one user. An id that can be none is simply not found. */
export const UserParams = z.strictObject({
  user_id: z.string().openapi({
    param: { name: 'user_id', in: 'path' },
    ...PATH_SEGMENT,
    description: 'Id of the user.',
    example: 'us-6b58p-r53sr-rlrd3l5cj3uc4ome',
  }),
})

/** The path parameter of operations on an organization. */
export const OrganizationParams = z.strictObject({
  organization_id: z.string().openapi({
    param: { name: 'organization_id', in: 'path' },
    ...PATH_SEGMENT,
    description: "Id of the organization; any other than the caller's is not found.",
    example: 'or-30tnh-itmjs-s235s5ontr3r23h2',
  }),
})

/** The query of a read that takes none: unknown names are ignored, as FastAPI does by itself. */
export const IGNORED_QUERY = z.object({})

/**
 * Makes the body of a change of state, which names the user again and the state that it leads to. Unknown members are
 * ignored, as Pydantic 1 does by itself (FACTS, decided list).
 *
 * @param name - of the schema in the document.
 */
export const stateBody = (name: string, isActive: boolean, description: string) =>
  z
    .object({
      email: emailAddress('An email address of the user, in any case.'),
      is_active: booleanBeing(isActive, description),
    })
    .openapi(name, { required: ['email', 'is_active'] })

/** The answer of changes. */
export const WireSuccess = z.object({ message: z.literal('success') }).openapi('TimbuSuccess')

/** Says that it is done, and nothing of the user: so says the contract. */
export const writeSuccess = (): z.output<typeof WireSuccess> => ({ message: 'success' })

const unknownText = (description: string) => z.string().nullable().openapi({ description })

/**
 * A user as it sees itself. What is not kept here is null: pictures, devices, accounts of others.
 * Source silent on a number without a known country code: ours is whole in `phone_number`.
 *
 * @see timbu.cloud manual, "Get Current User", read 2026-11-22
 */
export const WireUser = z
  .object({
    id: z.string().openapi({ description: 'Id of the user.' }),
    email: unknownText('Oldest email address.'),
    first_name: unknownText('First name.'),
    last_name: unknownText('Last name.'),
    phone_number: unknownText('Oldest phone number, with its country code.'),
    phone_country_code: unknownText('Always null: numbers are kept whole.'),
    image_url: unknownText('Always null.'),
    device_id: unknownText('Always null.'),
    google_id: unknownText('Always null.'),
    google_image_url: unknownText('Always null.'),
  })
  .openapi('TimbuUser')

/** Writes a user as it sees itself. */
export const writeUser = (user: User): z.input<typeof WireUser> => ({
  id: user.id,
  email: identifiersOf(user, 'email')[0] ?? null,
  first_name: user.firstName,
  last_name: user.lastName,
  phone_number: identifiersOf(user, 'phone')[0] ?? null,
  phone_country_code: null,
  image_url: null,
  device_id: null,
  google_id: null,
  google_image_url: null,
})

/** A user in a list of its organization. */
export const WireMember = z
  .object({
    id: z.string().openapi({ description: 'Id of the user.' }),
    first_name: unknownText('First name.'),
    last_name: unknownText('Last name.'),
    email: unknownText('Oldest email address.'),
    role_name: unknownText('Name of the oldest role; null without one.'),
  })
  .openapi('TimbuMember')

/** Writes a user in a list. */
export const writeMember = (user: User): z.input<typeof WireMember> => ({
  id: user.id,
  first_name: user.firstName,
  last_name: user.lastName,
  email: identifiersOf(user, 'email')[0] ?? null,
  role_name: user.assignments[0]?.role.name ?? null,
})

/** Most users on a page. */
export const MAX_PAGE_SIZE = 100

/** A page of users. */
export const WireMemberPage = z
  .object({
    page: z.int().openapi({ format: 'int32', minimum: 1, maximum: PAGE_NUMBER.most }),
    size: z.int().openapi({ format: 'int32', minimum: 1, maximum: MAX_PAGE_SIZE }),
    total: z.int().openapi({
      format: 'int64',
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'Users of the organization, without archived ones.',
    }),
    items: z.array(WireMember),
    previous_page: unknownText('Path and query of the page before; null on the first.'),
    next_page: unknownText('Path and query of the next page; null on the last.'),
  })
  .openapi('TimbuMemberPage')
