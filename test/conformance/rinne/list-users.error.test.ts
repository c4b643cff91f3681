/**
 * `GET /v1/users`: queries that it does not understand.
 */
import { SECRET } from './answers.ts'
import { describeQueries } from './paging.ts'
import { LIST } from './routes.ts'

const SORTS = ['', 'name', '--created_at', '%20created_at', 'created_at,id', SECRET]

describeQueries(LIST, { sort: SORTS })
