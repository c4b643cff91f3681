/**
 * The name under which a token is kept in `revoked_tokens`. No store.
 */
import { sha256Hex } from './digest.ts'

/**
 * Computes the key of a revoked token: hex SHA-256 of issuer and `jti`, so that the table holds no token.
 */
export const revocationKeyOf = (issuer: string, tokenId: string): Promise<string> =>
  sha256Hex(`${issuer}\n${tokenId}`)
