/**
 * What an administrator may do. Each dialect checks its own spelling and nothing is translated (DESIGN section 2),
 * so the list holds both.
 */

/** Name of the role that the command line makes. */
export const ADMINISTRATOR_ROLE = 'administrator'

/**
 * Every operation that the routes ask for, as Dfns and Rinne spell them. Timbu asks for the superuser flag instead.
 *
 * @see contracts/FACTS.md sections 1.1.2 (Dfns) and 1.3 (Rinne)
 */
export const ADMINISTRATOR_OPERATIONS = [
  'Auth:Users:Read',
  'Auth:Users:Create',
  'Auth:Users:Update',
  'Auth:Users:Activate',
  'Auth:Users:Deactivate',
  'Auth:Users:Delete',
  'Auth:Logs:Read',
  'user.read',
  'user.create',
  'user.edit',
  'role.read',
] as const
