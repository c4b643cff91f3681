/**
 * Worker entry. No logic: the app answers, the scheduled run purges.
 */
import { appFor, runScheduled } from './app.ts'

/** What the runtime calls: every request, and the cron trigger. */
export default {
  // P4: the request goes in as it came: nothing is mounted, no header names another method, host or scheme.
  fetch: async (request, env, context) => (await appFor(env)).fetch(request, env, context),
  scheduled: async (controller, env) => runScheduled(env, controller.scheduledTime),
} satisfies ExportedHandler<Env>
