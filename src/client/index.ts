/**
 * What the package exports as `./client`: a client of this service for Node 20 or newer, browsers and Workers, with
 * no dependency but the platform's fetch and WebCrypto. The one list of names that a user may rely on.
 */
export { createActivateClient } from './activate-client.ts'
export type { ActivateClient, ActivateClientOptions, Fetch } from './activate-client.ts'
export { isActivateError } from './activate-error.ts'
export type { ActivateError, ActivateErrorCode } from './activate-error.ts'
export { createKeySigner } from './key-signer.ts'
export type { ActionSigner, KeySignerOptions, SignatureAlgorithm } from './key-signer.ts'
export type { CallOptions } from './send-call.ts'
export type {
  DfnsPermissionAssignment,
  DfnsUser,
  RinneIdentifier,
  RinneRole,
  RinneUser,
  TimbuSuccess,
  TimbuTarget,
} from './wire-users.ts'
