/**
 * `GET /v1/roles`: queries that it does not understand.
 */
import { SECRET } from './answers.ts'
import { describeQueries } from './paging.ts'
import { LIST_ROLES } from './routes.ts'

const [LONG_NAME, LONG_ID] = [SECRET.padEnd(257, 'a'), SECRET.padEnd(65, 'a')]

describeQueries(LIST_ROLES, { name: ['', LONG_NAME], company_id: ['', LONG_ID] })
