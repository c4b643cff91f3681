/**
 * Bindings that only tests have.
 */
declare namespace Cloudflare {
  interface Env {
    TEST_MIGRATIONS: import('cloudflare:test').D1Migration[]
    /** Number of histories; empty for all. */
    PROOF_HISTORIES: string
  }
}
