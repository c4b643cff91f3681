/**
 * The server of this run, and people of its demo for the generated clients to speak for and to act on.
 */
import { inject } from 'vitest'
import type { Demo, DemoActor } from '../e2e/support/dev-server.ts'

/** What the server wrote about itself. */
export const demo: Demo = inject('demo')

/** Finds somebody who holds a token. */
export function actorOf(name: string): DemoActor {
  const actor = demo.actors[name]
  if (!actor) throw new Error(`no demo actor ${name}`)
  return actor
}

/** Finds somebody to be activated, who is not active yet. */
export function targetOf(name: string): Demo['targets'][string] {
  const target = demo.targets[name]
  if (target?.state !== 'inactive') throw new Error(`no inactive demo target ${name}`)
  return target
}

/** The header that speaks for an actor. */
export const speakAs = (name: string) => ({ authorization: `Bearer ${actorOf(name).token}` })
