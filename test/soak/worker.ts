/**
 * The service as the soak asks it: its own entry, over bindings that fail at random. wrangler.toml does not know this
 * one, so that it is never deployed.
 */
import service from '../../src/index.ts'
import { faultyDatabase, faultyNamespace, randomFaults, seededRandom } from '../support/faults.ts'
import type { Fault, FaultPlan } from '../support/faults.ts'

/** What the soak adds to the bindings: the share of calls that fail, from 0 to 1, and where chance begins. */
type SoakEnv = Env & { readonly SOAK_RATE: string; readonly SOAK_SEED: string }

const FAULTS = 'throw_before commit_then_throw hang garbage garbage_after overloaded delay'.split(
  ' ',
)

const injected: Record<string, number> = {}
let wrapped: Env | null = null
let forget = () => {}

/** Wraps the bindings, once: the app is built once per object of bindings. */
function wrap(env: SoakEnv): Env {
  const random = seededRandom(Number(env.SOAK_SEED))
  const roll = randomFaults(Number(env.SOAK_RATE), FAULTS as Fault[], random)
  let hasBallast = false
  const plan: FaultPlan = (call) => {
    // The largest garbage takes its 5 MB for good when it is first read: before the heap is measured.
    const isBallast = !hasBallast && call.target === 'namespace'
    hasBallast ||= isBallast
    const fault = isBallast ? 'garbage' : roll(call)
    const name = `${call.target === 'database' ? 'D1' : 'KV'} ${fault}`
    if (fault) injected[name] = (injected[name] ?? 0) + 1
    return fault
  }
  const DB = faultyDatabase(env.DB, plan)
  const IDEMPOTENCY = faultyNamespace(env.IDEMPOTENCY, plan, { garbageFrom: 2 })
  // The proxies remember every call, and would be the only thing here that grows.
  forget = () => [DB, IDEMPOTENCY].forEach(({ calls }) => (calls() as unknown[]).splice(0))
  return { ...env, DB, IDEMPOTENCY }
}

/** The service's entry; `/__soak` tells which faults there were. */
export default {
  fetch: (request, env, context) => {
    if (new URL(request.url).pathname === '/__soak') return Response.json(injected)
    forget()
    return service.fetch(request, (wrapped ??= wrap(env)), context)
  },
  scheduled: (controller, env) => service.scheduled(controller, (wrapped ??= wrap(env))),
} satisfies ExportedHandler<SoakEnv>
