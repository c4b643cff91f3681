/**
 * A fourth dialect, as small as one can be: one folder would hold it, and app.ts one line more.
 */
import { z } from '@hono/zod-openapi'
import { decideActivateUser } from '../../src/core/activate-user.ts'
import { changeUserBy, CHANGE_REASONS, type Dialect } from '../../src/dialects/dialect.ts'
import { EMPTY_BODY, NOTHING } from '../../src/http/input.ts'
import { defineOperation } from '../../src/http/operation.ts'
import { CHANGE_HEADERS } from '../../src/http/request-headers.ts'

const ToyAnswer = z.object({ on: z.boolean() }).openapi('ToyAnswer')
const ToyRefusal = z.object({ why: z.string() }).openapi('ToyRefusal')

/** `POST /toy/{name}/on`: whoever has a first name of Grace may switch on. */
export const toy: Dialect = {
  name: 'toy',
  title: 'Toy',
  prefixes: ['/toy'],
  form: {
    write: ({ reason }) => ({
      status: 418,
      body: { why: reason },
      contentType: 'application/json',
    }),
    describe: (reason) => ({ status: 418, description: reason }),
    schemaOf: () => ToyRefusal,
  },
  securitySchemes: {},
  createOperations: (services) => [
    defineOperation({
      id: 'toySwitchOn',
      method: 'post',
      path: '/toy/{name}/on',
      summary: 'Switch on',
      description: 'Lets a user in again.',
      tag: 'Toy',
      security: [],
      input: {
        params: z.object({ name: z.string() }),
        query: NOTHING,
        body: EMPTY_BODY,
        headers: CHANGE_HEADERS,
      },
      answer: { status: 201, description: 'It is on.', schema: ToyAnswer },
      reasons: [...CHANGE_REASONS, 'user_not_found'],
      authenticate: services.verifyBearer,
      run: (request) =>
        changeUserBy(services, request, request.params.name, {
          rule: {
            dialect: 'toy',
            operation: 'on',
            isMutation: true,
            callers: 'employees',
            userAction: 'by_setting',
            grant: ({ firstName }) => (firstName === 'Grace' ? { by: 'itself' } : null),
          },
          decide: (target, _caller, now) => decideActivateUser(target, now),
          write: ({ suspendedAt }) => ({ on: suspendedAt === null }),
        }),
    }),
  ],
}
