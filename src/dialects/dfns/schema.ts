/**
 * The wire shapes of the Dfns contract, and how the core's user looks in them. Names, types and patterns are the
 * contract's; descriptions are our words.
 */
import { z } from '@hono/zod-openapi'
import { ID_PATTERNS } from '../../core/id.ts'
import { displayNameOf } from '../../core/person-name.ts'
import { operationsOf, stateOf, type User } from '../../core/user.ts'
import { PATH_SEGMENT } from '../../http/path-segment.ts'

/** Ids in the contract: 1-64 characters in a path, a pattern in an answer (FACTS 1.1.1). */
const idOf = (pattern: RegExp, description: string, example: string) =>
  z.string().min(1).max(64).regex(pattern).openapi({ description, example })

/** The path parameter of operations on one user (rule P1): without the pattern not found, 400 where it is over-long. */
export const UserParams = z.strictObject({
  userId: z
    .string()
    .min(1)
    .max(64)
    .openapi({
      param: { name: 'userId', in: 'path' },
      pattern: PATH_SEGMENT.pattern,
      description: 'Id of the user.',
      example: 'us-6b58p-r53sr-rlrd3l5cj3uc4ome',
    }),
})

const PermissionAssignment = z.object({
  permissionName: z.string().openapi({ description: 'Name of the role, for people.' }),
  permissionId: idOf(ID_PATTERNS.role, 'Id of the role.', 'pm-37vj4-jkr4l-lc9945spfftkne57'),
  assignmentId: idOf(
    ID_PATTERNS.assignment,
    'Id of its assignment to the user.',
    'as-1vcmc-qrek0-6b4vii9pln60907e',
  ),
  operations: z
    .array(z.string())
    .optional()
    .openapi({ description: 'Operations that the role allows.' }),
})

/**
 * A user as this dialect shows it. The flat list `permissions` is deprecated and optional in the contract; clients
 * that were written before `permissionAssignments` read it.
 */
export const WireUser = z
  .object({
    username: z.string().openapi({ description: 'Unique in the organization.' }),
    name: z.string().openapi({ description: 'Name for people; the username where none is known.' }),
    userId: idOf(ID_PATTERNS.user, 'Id of the user.', 'us-6b58p-r53sr-rlrd3l5cj3uc4ome'),
    kind: z
      .enum(['CustomerEmployee', 'EndUser'])
      .openapi({ description: 'Staff of the organization, or one of its customers.' }),
    credentialUuid: z
      .string()
      .openapi({ description: 'Id of the oldest active credential; empty before registration.' }),
    orgId: idOf(
      ID_PATTERNS.organization,
      'Id of the organization.',
      'or-30tnh-itmjs-s235s5ontr3r23h2',
    ).optional(),
    tenantId: idOf(
      ID_PATTERNS.tenant,
      'Id of the tenant.',
      'acct-24hka-dhili-9hgvdlvr1ohpibp4',
    ).optional(),
    permissions: z.array(z.string()).optional().openapi({
      deprecated: true,
      description: 'Operations of all roles of the user; `permissionAssignments` says more.',
    }),
    isActive: z.boolean().openapi({ description: 'False from deactivation on.' }),
    isServiceAccount: z.boolean().openapi({ description: 'True for machines.' }),
    isRegistered: z
      .boolean()
      .openapi({ description: 'True once a credential has been registered.' }),
    isSSORequired: z.boolean().openapi({ description: 'True if login by credential is refused.' }),
    permissionAssignments: z
      .array(PermissionAssignment)
      .openapi({ description: 'Roles of the user.' }),
  })
  .openapi('User')

/** Writes a user in this dialect. */
export const writeUser = (user: User): z.input<typeof WireUser> => ({
  username: user.username,
  name: displayNameOf(user),
  userId: user.id,
  kind: user.kind,
  credentialUuid: user.primaryCredentialId ?? '',
  orgId: user.organizationId,
  tenantId: user.tenantId,
  permissions: [...operationsOf(user)],
  isActive: stateOf(user) === 'active',
  isServiceAccount: user.isServiceAccount,
  isRegistered: user.isRegistered,
  isSSORequired: user.isSsoRequired,
  permissionAssignments: user.assignments.map(({ id, role }) => ({
    permissionName: role.name,
    permissionId: role.id,
    assignmentId: id,
    operations: [...role.operations],
  })),
})

/** A page of users. `nextPageToken` is absent on the last one (FACTS 1.1.2). */
export const WireUserPage = z
  .object({
    items: z.array(WireUser),
    nextPageToken: z
      .string()
      .optional()
      .openapi({ description: 'Asks for the next page, as `paginationToken`.' }),
  })
  .openapi('UserPage')

/** The one-line answer of operations that have nothing else to say. */
export const WireMessage = z.object({ message: z.string() }).openapi('Message')
